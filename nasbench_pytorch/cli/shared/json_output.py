"""Results as JSON: to stdout or into a file."""

from __future__ import annotations

import json
import math
from enum import Enum
from pathlib import Path
from typing import Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import write_json

STDOUT = Path("-")


def check_json_path(path: Path | None) -> None:
    """Refuse a file that cannot be written, before the work begins.

    Raises:
        InputError: it is a folder, or its folder does not exist.
    """
    if path is None or path == STDOUT:
        return
    if path.is_dir():
        raise InputError(f"--json {path}: a folder; name a file")
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: no such folder for --json; make it first")


def write_result(path: Path | None, value: Any) -> bool:
    """Write a result as JSON where it is asked for; NaN and infinity become null, which JSON has instead.

    Args:
        path: the file, `-` for stdout, or None for neither.
        value: plain dicts, lists, texts and numbers.

    Returns:
        Whether stdout now holds JSON, and nothing else may be printed there.
    """
    if path is None:
        return False
    plain = _plain(value)
    if path != STDOUT:
        write_json(path, plain)
        return False
    print(json.dumps(plain, indent=2))
    return True


def file_facts(path: Path) -> dict[str, Any]:
    """Return the name and size of a written file, for JSON."""
    return {"file": path, "size_bytes": path.stat().st_size}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value)
    # numpy's numbers
    return _plain(value.item()) if hasattr(value, "item") and not isinstance(value, str | bytes) else value
