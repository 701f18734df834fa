"""The space that a table's cells are part of, and the rows of its cells in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumerate import enumerate_cells, nasbench101_space
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace
    from nasbench_pytorch.table.storage.table_file import TableFile

_MOST_VERTICES, _MOST_EDGES, _MOST_OPERATIONS = 7, 9, 3
"""Larger spaces take seconds to minutes to list, and are not."""


class TableSpace:
    """All cells within a table's bounds.

    Attributes:
        cells: the cells.

    Args:
        cells: the cells.
        table: the table, which may have only some of them.
    """

    def __init__(self, cells: SearchSpace, table: TableFile) -> None:
        self.cells = cells
        self._rows = _rows_of(cells, table)

    def rows_in_table(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the rows in the table of some cells of the space, -1 for those that it lacks."""
        return positions if self._rows is None else self._rows[positions].astype(np.int64)

    def positions(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the positions in the space of some rows of the table, -1 for cells outside of the space."""
        if self._rows is None:
            return rows
        position_of = np.full(int(rows.max(initial=-1)) + 1, -1, np.int64)
        known = np.flatnonzero((self._rows >= 0) & (self._rows < len(position_of)))
        position_of[self._rows[known]] = known
        return position_of[rows]


def space_of_table(table: TableFile) -> TableSpace | None:
    """Return the space within a table's bounds; None where it is larger than NAS-Bench-101, or cannot be listed."""
    facts = table.metadata
    vertices, edges, operations = facts.module_vertices, facts.max_edges, tuple(facts.available_ops)
    if vertices > _MOST_VERTICES or edges > _MOST_EDGES or len(operations) > _MOST_OPERATIONS or not table.cells:
        return None
    if (vertices, edges, operations) == (7, 9, CANONICAL_OPERATIONS):
        return TableSpace(nasbench101_space(), table)
    try:
        return TableSpace(enumerate_cells(vertices, edges, operations), table)
    except InputError:
        return None


def _rows_of(cells: SearchSpace, table: TableFile) -> npt.NDArray[np.int32] | None:
    """Return the row in the table of each cell, -1 for none; None where both have the same cells in the same order."""
    hashes = cells.columns.hash
    if len(hashes) == table.cells and np.array_equal(hashes, table.hashes):
        return None
    keys, wanted = (np.ascontiguousarray(values).view("S16").ravel() for values in (table.hashes, hashes))
    places = np.minimum(np.searchsorted(keys, wanted), table.cells - 1)
    same = (table.hashes[places] == hashes).all(axis=1)
    return np.where(same, places, -1).astype(np.int32)
