"""Rows of a table by cell, budget and repeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumerate import enumerate_cells

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace
    from nasbench_pytorch.table.storage.table_file import TableFile

Number = TypeVar("Number", bound=np.generic)


class TableGrid(NamedTuple):
    """K rows of a table as entries of arrays of shape (N, B, R): N cells, B budgets, up to R repeats.

    The repeats of a cell and budget are the first entries of the last axis, in the order of their numbers.

    Attributes:
        space: the complete space within the table's bounds, N cells.
        epochs: the budgets, ascending, length B.
        repeats: largest number of repeats of a cell with one budget, R.
        rows: int64, shape (K,): numbers of the rows in the table.
        entries: int64, shape (K,): index of each row's entry in the flattened array.
    """

    space: SearchSpace
    epochs: tuple[int, ...]
    repeats: int
    rows: npt.NDArray[np.int64]
    entries: npt.NDArray[np.int64]

    @property
    def groups(self) -> npt.NDArray[np.int64]:
        """Index of each row's cell and budget in a flattened array of shape (N, B); shape (K,)."""
        return self.entries // self.repeats

    @property
    def positions(self) -> npt.NDArray[np.int64]:
        """Position of each row's cell, shape (K,)."""
        return self.groups // len(self.epochs)

    def fill(self, values: npt.NDArray[Number], missing: float) -> npt.NDArray[Number]:
        """Return an array of shape (N, B, R) with one value for each row, shape (K,), and `missing` elsewhere."""
        shape = (len(self.space), len(self.epochs), self.repeats)
        array: npt.NDArray[Number] = np.full(shape, missing, dtype=values.dtype)
        array.reshape(-1)[self.entries] = values
        return array

    def select(self, kept: npt.NDArray[np.bool_]) -> TableGrid:
        """Return the grid of the rows where `kept`, shape (K,), is true.

        Later repeats of a cell move to the entries of those left out.
        """
        groups = self.groups[kept]
        return self._replace(rows=self.rows[kept], entries=groups * self.repeats + _ranks(groups))


def table_grid(table: TableFile, epochs: Sequence[int]) -> TableGrid:
    """Return the grid of all rows with given budgets.

    Raises:
        InputError: the table lacks a budget, or a cell is outside of the table's bounds.
    """
    wanted = tuple(sorted(set(epochs)))
    lacking = [value for value in wanted if value not in table.metadata.epochs]
    if lacking:
        has = ", ".join(map(str, table.metadata.epochs)) or "none"
        raise InputError(
            f"{table.path.name} has no results after {lacking[0]} epochs; it has {has}; set the algorithm's epochs to "
            "these, or name another table"
        )
    metadata = table.metadata
    space = enumerate_cells(metadata.module_vertices, metadata.max_edges, metadata.available_ops)
    owners = np.repeat(_positions(table, space), np.diff(table.row_starts))
    budgets = np.searchsorted(wanted, table.epochs)
    budgets[budgets == len(wanted)] = 0
    rows = np.flatnonzero(np.asarray(wanted)[budgets] == table.epochs)
    groups = owners[rows] * len(wanted) + budgets[rows]
    order = np.lexsort((np.asarray(table.repeats)[rows], groups))
    rows, groups = rows[order], groups[order]
    ranks = _ranks(groups)
    repeats = int(ranks.max(initial=0)) + 1
    return TableGrid(space, wanted, repeats, rows, groups * repeats + ranks)


def _ranks(groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how many entries of the same group come before each entry; equal groups are neighbours."""
    firsts = np.flatnonzero(np.diff(groups, prepend=-1))
    ranks: npt.NDArray[np.int64] = np.arange(len(groups)) - np.repeat(firsts, np.diff(firsts, append=len(groups)))
    return ranks


def _positions(table: TableFile, space: SearchSpace) -> npt.NDArray[np.int64]:
    """Return the position in the space of each cell of the table."""
    if len(space) == table.cells and np.array_equal(space.columns.hash, table.hashes):
        return np.arange(table.cells)
    found = [space.find(table.hash_of(cell)) for cell in range(table.cells)]
    outside = next((cell for cell, row in enumerate(found) if row is None), None)
    if outside is not None:
        raise InputError(
            f"cell {table.hash_of(outside)} of {table.path.name} is not in the space of {len(space):,} cells"
        )
    return np.array(found, dtype=np.int64)
