"""A table that is being explored: its columns, computed once each, and the space that its cells are part of."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.explorer.views.columns import columns_of
from nasbench_pytorch.explorer.views.errors import NotInTableError
from nasbench_pytorch.explorer.views.graph_columns import skeleton_of
from nasbench_pytorch.explorer.views.table_space import TableSpace, space_of_table
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.table.queries import default_epochs
from nasbench_pytorch.table.storage.row_reader import RowReader

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.column import Column
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.table.storage.table_file import TableFile

_MOST_COLUMNS = 12
"""Columns that are kept: 20 MB of a table of 423,624 cells."""


class ExploredTable:
    """A table with the columns and cells that the page shows; safe for several threads.

    Attributes:
        file: the table.
        name: the name that is shown.
        epochs: the budget that stands for a cell: 108, or the largest; 0 in a table without results.
        reader: of single rows.

    Args:
        file: the table.
        name: the name that is shown; the file's name if None.
    """

    def __init__(self, file: TableFile, name: str | None = None) -> None:
        self.file = file
        self.name = name or file.path.name
        self.epochs = default_epochs(file) if file.metadata.epochs else 0
        self.reader = RowReader(file)
        self._values: OrderedDict[str, npt.NDArray[Any]] = OrderedDict()
        self._computing, self._listing = threading.Lock(), threading.Lock()
        self._space: tuple[TableSpace | None] | None = None

    @cached_property
    def columns(self) -> dict[str, Column]:
        """All columns by name."""
        return columns_of(self.file)

    @cached_property
    def skeleton(self) -> Skeleton:
        """The network around the cells."""
        return skeleton_of(self.file)

    @property
    def space(self) -> TableSpace | None:
        """All cells within the table's bounds; None where they are too many to be listed."""
        with self._listing:
            if self._space is None:
                self._space = (space_of_table(self.file),)
            return self._space[0]

    def column(self, name: str) -> Column:
        """Return a column.

        Raises:
            NotInTableError: there is none of this name.
        """
        found = self.columns.get(name)
        if found is None:
            raise NotInTableError(
                f"there is no column '{name[:80]}' in {self.name}; there are: {', '.join(self.columns)}"
            )
        return found

    def values(self, name: str) -> npt.NDArray[Any]:
        """Return the values of a column as a map needs them: float32 or uint8, shape (cells,).

        They are computed at the first call; the columns that were asked for last are kept.

        Raises:
            NotInTableError: there is no column of this name.
        """
        column = self.column(name)
        with self._computing:
            if name not in self._values:
                values = np.ascontiguousarray(column.compute(), column.dtype)
                values.flags.writeable = False
                self._values[name] = values
                while len(self._values) > _MOST_COLUMNS:
                    self._values.popitem(last=False)
            self._values.move_to_end(name)
            return self._values[name]

    def exact(self, name: str) -> npt.NDArray[Any]:
        """Return the values of a column as they are computed, for comparisons: float64 or uint8, shape (cells,).

        Raises:
            NotInTableError: there is no column of this name.
        """
        column = self.column(name)
        with self._computing:
            return column.compute()

    def spec(self, row: int) -> ModelSpec:
        """Return the cell in a row.

        Raises:
            NotInTableError: the table has no such row.
        """
        self.check_row(row)
        cell = self.reader.cell(row)
        return ModelSpec(cell["module_adjacency"], cell["module_operations"])

    def check_row(self, row: int) -> None:
        """Refuse a row that the table lacks.

        Raises:
            NotInTableError: it does.
        """
        if not 0 <= row < self.file.cells:
            rows = f"rows are 0 to {self.file.cells - 1:,}" if self.file.cells else "it has no cells"
            raise NotInTableError(f"there is no row {row} in {self.name}; {rows}")

    @property
    def accuracies(self) -> npt.NDArray[np.float32]:
        """Mean test accuracy of each cell at the table's own budget, shape (cells,); NaN without one."""
        name = f"test_accuracy_{self.epochs}"
        return self.values(name) if name in self.columns else np.full(self.file.cells, np.nan, np.float32)

    def accuracy(self, row: int) -> float | None:
        """Return the mean test accuracy of a cell at the table's own budget; None without one."""
        return self._finite(f"test_accuracy_{self.epochs}", row)

    def rank(self, row: int) -> int | None:
        """Return the rank of a cell by its mean test accuracy at the table's own budget, 1 for the best."""
        rank = self._finite(f"test_rank_{self.epochs}", row)
        return None if rank is None else int(rank)

    def _finite(self, name: str, row: int) -> float | None:
        if name not in self.columns:
            return None
        value = float(self.values(name)[row])
        return value if math.isfinite(value) else None
