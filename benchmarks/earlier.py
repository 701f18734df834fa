"""What an earlier run of a benchmark has left, so that cells can be measured one by one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def cells_measured_before(path: Path, circumstances: dict[str, Any]) -> dict[str, Any]:
    """The cells in a result file, if all else in it is as it is now; else none."""
    if not path.exists():
        return {}
    before: dict[str, Any] = json.loads(path.read_text())
    cells: dict[str, Any] = before.pop("cells")
    return cells if before == circumstances else {}
