"""Results of an earlier run of a benchmark, so that cells can be measured one by one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def earlier_cells(path: Path, conditions: dict[str, Any]) -> dict[str, Any]:
    """Return the cells of a result file if everything else in it equals `conditions`, else none."""
    if not path.exists():
        return {}
    earlier: dict[str, Any] = json.loads(path.read_text())
    cells: dict[str, Any] = earlier.pop("cells")
    return cells if earlier == conditions else {}
