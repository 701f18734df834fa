"""Cells as a person writes them: a name, a hash, a file, or a matrix with operations."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operation_names import full_operation_name
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.space.presets import NAMED_CELLS, NamedCell
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.suggestions import did_you_mean

_HEX = re.compile(r"[0-9a-f]{4,32}")
_ROWS = re.compile(r"[01]+([\s,;/]+[01]+)+|\[\s*\[.*", re.DOTALL)
_LARGEST_FILE_BYTES = 1 << 20


def find_cell(name: str) -> NamedCell:
    """Return the cell of that name, of that JSON file, of that JSON text, or of that hash.

    Raises:
        InputError: `name` is none of these.
    """
    if name in NAMED_CELLS:
        return NAMED_CELLS[name]
    if name.lstrip().startswith("{"):
        return unnamed(_cell_from_json(name, "the cell"))
    if name.endswith(".json") or os.path.isfile(name):  # noqa: PTH113 - Path.is_file raises for a name that is too long
        return unnamed(_read_cell(Path(name)))
    if _HEX.fullmatch(name.lower()):
        return cell_of_hash(name)
    raise InputError(
        f"unknown cell '{_short(name)}'; give one of {', '.join(NAMED_CELLS)}, a JSON file with 'matrix' and 'ops', or "
        f"a hash{did_you_mean(name, NAMED_CELLS)}"
    )


def cell_of_hash(text: str) -> NamedCell:
    """Return the cell of NAS-Bench-101 with that hash, or the only one whose hash begins so.

    Raises:
        InputError: there is none, or more than one.
    """
    if not _HEX.fullmatch(text.lower()):
        raise InputError(f"'{_short(text)}' is no hash; give 4 to 32 hex digits")
    from nasbench_pytorch.space.enumerate import cell_by_hash

    return unnamed(cell_by_hash(text.lower()))


def is_hash(text: str) -> bool:
    """Return whether a text may be a hash or its beginning; the name of a cell is none."""
    return text not in NAMED_CELLS and _HEX.fullmatch(text.lower()) is not None


def is_matrix(text: str) -> bool:
    """Return whether a text is rows of a matrix, which `--ops` must go with."""
    return _ROWS.fullmatch(text.strip()) is not None


def parse_cell(matrix: str, ops: str) -> ModelSpec:
    """Return the cell that `--matrix` and `--ops` describe.

    Args:
        matrix: rows of digits (`011 001 000`), all digits in one row, or JSON.
        ops: operations, separated by commas; short names such as `conv3x3` will do.

    Raises:
        InputError: a value cannot be read, or the cell is malformed.
    """
    if matrix.lstrip().startswith("["):
        rows: Any = _parse_json(matrix, "--matrix")
    else:
        parts = re.split(r"[\s,;/]+", matrix.strip())
        bad = next((part for part in parts if not re.fullmatch("[0-9]+", part)), None)
        if bad is not None:
            raise InputError(
                f"--matrix row '{_short(bad)}' is not made of digits; write rows like 011 001 000, or JSON"
            )
        size = math.isqrt(len(parts[0]))
        if len(parts) == 1 and size > 1 and size * size == len(parts[0]):
            parts = [parts[0][start : start + size] for start in range(0, size * size, size)]
        rows = [[int(digit) for digit in part] for part in parts]
    names = [name.strip().strip("'\"") for name in ops.strip().strip("[]").split(",") if name.strip()]
    _check_rows(rows, "--matrix")
    if len(names) == len(rows) - 2:
        names = [INPUT, *names, OUTPUT]
    return ModelSpec(rows, [full_operation_name(name) for name in names])


def unnamed(spec: ModelSpec) -> NamedCell:
    """Return a cell without a name, in NAS-Bench-101's skeleton."""
    return NamedCell("", spec, NASBENCH101_SKELETON, "")


def _read_cell(path: Path) -> ModelSpec:
    if not os.path.isfile(path):  # noqa: PTH113
        raise InputError(f"{_short(str(path))}: no such file; a cell file is JSON with 'matrix' and 'ops'")
    if path.stat().st_size > _LARGEST_FILE_BYTES:
        raise InputError(f"{path}: {path.stat().st_size:,} bytes; a cell file is JSON of at most 1 MB")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file; a cell file is JSON with 'matrix' and 'ops'") from None
    return _cell_from_json(text, str(path))


def _cell_from_json(text: str, source: str) -> ModelSpec:
    value = _parse_json(text, source)
    if not isinstance(value, dict) or not {"matrix", "ops"} <= value.keys():
        raise InputError(f"{source}: a cell is a JSON object with 'matrix' and 'ops'")
    matrix, ops = value["matrix"], value["ops"]
    _check_rows(matrix, f"{source}: 'matrix'")
    if not isinstance(ops, list) or not all(isinstance(name, str) for name in ops):
        raise InputError(f"{source}: 'ops' must be a list of operations' names")
    return ModelSpec(matrix, [full_operation_name(name) for name in ops])


def _check_rows(rows: Any, source: str) -> None:
    lists = isinstance(rows, list) and all(isinstance(row, list) for row in rows)
    if not lists or not all(
        item is not None and not isinstance(item, list | dict | str) for row in rows for item in row
    ):
        raise InputError(f"{source} must be a list of rows, each a list of 0 and 1")


def _parse_json(text: str, source: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise InputError(f"{source}: lists within lists, too deep for a cell") from None
    except ValueError as error:
        raise InputError(f"{source}: not JSON ({error})") from None


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"
