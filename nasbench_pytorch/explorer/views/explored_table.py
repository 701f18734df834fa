"""A table that is being explored: its columns, computed once each, and the space that its cells are part of."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.columns import Column, columns_of
from nasbench_pytorch.table.queries import default_epochs
from nasbench_pytorch.table.storage.row_reader import RowReader

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile


class ExploredTable:
    """A table with what a page asks about it; safe to use from several threads.

    Attributes:
        file: the table.
        name: its name for people.
        epochs: the budget that stands for the cell, 108 or the largest.
        reader: of single rows.

    Args:
        file: the table.
        name: its name for people; the file's name if None.
    """

    def __init__(self, file: TableFile, name: str | None = None) -> None:
        self.file = file
        self.name = name or file.path.name
        self.epochs = default_epochs(file)
        self.reader = RowReader(file)
        self._values: dict[str, npt.NDArray[Any]] = {}
        self._lock = threading.Lock()

    @cached_property
    def columns(self) -> dict[str, Column]:
        """All columns by name."""
        return columns_of(self.file)

    def column(self, name: str) -> Column:
        """Return a column.

        Raises:
            InputError: there is none of this name.
        """
        found = self.columns.get(name)
        if found is None:
            raise InputError(f"there is no column '{name}' in {self.name}; there are: {', '.join(self.columns)}")
        return found

    def values(self, name: str) -> npt.NDArray[Any]:
        """Return the values of a column: float32 or uint8, shape (cells,); computed at the first call.

        Raises:
            InputError: there is no column of this name.
        """
        column = self.column(name)
        with self._lock:
            if name not in self._values:
                values = np.ascontiguousarray(column.compute(), column.dtype)
                values.flags.writeable = False
                self._values[name] = values
            return self._values[name]
