"""Find and resolve conflicts between the rows of two tables."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.storage.encoded_column import take
from nasbench_pytorch.table.storage.row_block import Block

OnConflict = Literal["error", "first", "last", "renumber"]


class ResolvedRows(NamedTuple):
    """Rows without conflicts.

    Attributes:
        block: one row for each (cell, epochs, repeat).
        same: number of rows that occurred twice with the same numbers.
        conflicts: number of rows that occurred twice with different numbers.
    """

    block: Block
    same: int
    conflicts: int


def resolve_conflicts(block: Block, repeats: npt.NDArray[np.uint32], on_conflict: OnConflict) -> ResolvedRows:
    """Reduce a block to one row for each (cell, epochs, repeat).

    Args:
        block: the rows of both tables, those of the first table first; a row occurs at most twice.
        repeats: the repeat of each row; changed in place by `renumber`.
        on_conflict: see `merge`.

    Raises:
        InputError: there is a conflict and `on_conflict` is `error`.
    """
    order = np.lexsort((repeats, block.epochs, block.row_cell))
    keys = np.stack([block.row_cell[order], block.epochs[order], repeats[order]])
    again = np.flatnonzero((keys[:, 1:] == keys[:, :-1]).all(axis=0))
    earlier, later = order[again], order[again + 1]
    equal = _equal_rows(block, earlier, later)
    conflicts = np.flatnonzero(~equal)
    if len(conflicts) and on_conflict == "error":
        row = int(earlier[conflicts[0]])
        raise InputError(
            f"both tables have repeat {repeats[row]} of cell "
            f"{block.cells.hashes[block.row_cell[row]].tobytes().hex()} at {block.epochs[row]} epochs, with different "
            f"numbers ({len(conflicts):,} such rows); choose with --on-conflict first, last or renumber"
        )
    dropped = np.zeros(len(block), np.bool_)
    dropped[later[equal]] = True
    if on_conflict == "first":
        dropped[later[conflicts]] = True
    elif on_conflict == "last":
        dropped[earlier[conflicts]] = True
    elif on_conflict == "renumber":
        _renumber(block, repeats, later[conflicts])
    return ResolvedRows(_take_rows(block, repeats, np.flatnonzero(~dropped)), int(equal.sum()), len(conflicts))


def _equal_rows(block: Block, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which rows `first` have the same numbers as their partners in `second`."""
    equal = np.ones(len(first), np.bool_)
    for column in block.columns.values():
        bits = np.ascontiguousarray(column.stored).view(f"u{column.stored.itemsize}")
        equal &= bits[first] == bits[second]
        if column.missing is not None:
            equal &= column.missing[first] == column.missing[second]
    return equal


def _renumber(block: Block, repeats: npt.NDArray[np.uint32], rows: npt.NDArray[np.int64]) -> None:
    """Give rows the next free repeats of their cell and budget."""
    affected = np.isin(block.row_cell, block.row_cell[rows])
    taken: dict[tuple[int, int], int] = {}
    for row in np.flatnonzero(affected).tolist():
        key = int(block.row_cell[row]), int(block.epochs[row])
        taken[key] = max(taken.get(key, -1), int(repeats[row]))
    for row in rows.tolist():
        key = int(block.row_cell[row]), int(block.epochs[row])
        taken[key] += 1
        repeats[row] = taken[key]


def _take_rows(block: Block, repeats: npt.NDArray[np.uint32], rows: npt.NDArray[np.int64]) -> Block:
    new_row = {int(row): index for index, row in enumerate(rows)} if block.raw else {}
    return Block(
        block.cells,
        block.row_cell[rows],
        block.epochs[rows],
        {name: take(column, rows) for name, column in block.columns.items()},
        repeats[rows],
        {new_row[row]: text for row, text in block.raw.items() if row in new_row},
        {name: values.take(pa.array(rows)) for name, values in block.extra_columns.items()},
        block.extra_cell_columns,
    )
