"""Rows of cells that somebody names: by hashes or the first digits of them, by a name, or in any notation."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.errors import NotInTableError
from nasbench_pytorch.space.notation.cell_text import cell_from_text
from nasbench_pytorch.space.presets import NAMED_CELLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nasbench_pytorch.explorer.views.explored_table import ExploredTable
    from nasbench_pytorch.space.spec import ModelSpec

MOST_NAMED = 200
"""Hashes of one question: as many as a page lists."""

_HEX = re.compile(r"[0-9a-f]{1,32}")


def find_row(table: ExploredTable, text: str) -> int:
    """Return the row of the cell that a text names.

    Raises:
        NotInTableError: the table has no such cell, or several hashes begin so.
        InputError: the text names no cell.
    """
    given = text.strip()
    if _HEX.fullmatch(given.lower()):
        return _row_of_hash(table, given.lower())
    spec = NAMED_CELLS[given].spec if given in NAMED_CELLS else cell_from_text(given)
    row = row_of(table, spec)
    if row is None:
        raise NotInTableError(f"this cell is not among the {table.file.cells:,} cells of {table.name}")
    return row


def find_rows(table: ExploredTable, beginnings: Sequence[str]) -> tuple[list[int], list[str]]:
    """Return the rows of several cells, and what of the hashes the table lacks.

    Args:
        table: the table.
        beginnings: hashes, or their first digits; several hashes that begin so count as none.

    Raises:
        InputError: a text is no beginning of a hash, or there are too many.
    """
    if len(beginnings) > MOST_NAMED:
        raise InputError(f"{len(beginnings):,} hashes are too many for one question, at most {MOST_NAMED}")
    rows, missing = [], []
    for digits in beginnings:
        if not _HEX.fullmatch(digits):
            raise InputError(f"'{digits[:40]}' is no beginning of a hash; give up to 32 digits from 0 to f")
        first, last = _rows_that_begin(table, digits)
        if last - first == 1:
            rows.append(first)
        else:
            missing.append(digits)
    return rows, missing


def row_of(table: ExploredTable, spec: ModelSpec) -> int | None:
    """Return the row of a cell, or None if the table lacks it.

    Raises:
        InputError: the input cannot reach the output, or the cell is far too large.
    """
    module_hash = hash_in(table, spec)
    return None if module_hash is None else table.file.find(module_hash)


def hash_in(table: ExploredTable, spec: ModelSpec) -> str | None:
    """Return the hash of a cell among the operations of a table; None if it has others.

    Raises:
        InputError: the input cannot reach the output, or the cell is far too large.
    """
    operations = table.file.metadata.available_ops
    known = all(operation in operations for operation in spec.pruned().ops[1:-1])
    return spec.hash_spec(operations) if known else None


def _row_of_hash(table: ExploredTable, digits: str) -> int:
    first, last = _rows_that_begin(table, digits)
    if last - first == 1:
        return first
    if last > first:
        raise NotInTableError(f"{last - first:,} hashes in {table.name} begin with {digits}; give more digits")
    what = "has the hash" if len(digits) == 32 else "has a hash that begins with"
    raise NotInTableError(f"no cell of {table.name} {what} {digits}")


def _rows_that_begin(table: ExploredTable, digits: str) -> tuple[int, int]:
    """Return the first row whose hash begins with some digits, and the row behind the last one."""
    return _position(table, digits.ljust(32, "0"), False), _position(table, digits.ljust(32, "f"), True)


def _position(table: ExploredTable, digits: str, following: bool) -> int:
    """Return the first row whose hash is not below these 32 digits, or is above them."""
    wanted = int(digits, 16) + following
    return bisect_left(range(table.file.cells), wanted, key=lambda row: int(table.file.hash_of(row), 16))
