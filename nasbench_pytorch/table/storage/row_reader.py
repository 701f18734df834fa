"""Single rows of a table, read from the mapped file in about a microsecond each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pytorch.table.storage.encoded_column import Encoding, fractions
from nasbench_pytorch.table.storage.fields import METRICS

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

Reader = Callable[[int], float]


def _view(array: Any) -> memoryview:
    """Return an array as a sequence of Python numbers."""
    return memoryview(array)


class RowReader:
    """Reader of cells, their rows and the rows' metrics.

    It reads single values through memoryviews, several times faster than through numpy.

    Args:
        table: the table.
    """

    def __init__(self, table: TableFile) -> None:
        self._table = table
        self._starts = _view(table.row_starts)
        self._epochs = _view(table.epochs)
        self._repeats = _view(table.repeats)
        self._adjacency, self._matrix_starts = (_view(array) for array in table.adjacency)
        self._codes, self._vertex_starts = (_view(array) for array in table.operation_codes)
        self._names = table.operation_names
        parameters, self._unknown = table.parameters
        self._parameters = _view(parameters)
        self._readers: dict[str, tuple[Reader, ...]] = {}
        self._absent: dict[str, np.ndarray[Any, np.dtype[np.bool_]] | None] = {}

    def cell(self, cell: int) -> dict[str, Any]:
        """Return the stored graph (a new int8 array, V×V), its operations, and the trainable parameters."""
        start, stop = self._vertex_starts[cell], self._vertex_starts[cell + 1]
        size = stop - start
        first = self._matrix_starts[cell]
        matrix = np.frombuffer(bytearray(self._adjacency[first : first + size * size]), np.int8).reshape(size, size)
        names = self._names
        return {
            "module_adjacency": matrix,
            "module_operations": [names[code] for code in self._codes[start:stop]],
            "trainable_parameters": self._parameters[cell] if self._unknown is None else self._known_parameters(cell),
        }

    def _known_parameters(self, cell: int) -> int | None:
        assert self._unknown is not None
        return None if self._unknown[cell] else self._parameters[cell]

    def rows(self, cell: int, epochs: int, stage: str) -> list[int]:
        """Return the rows of a cell and budget in the order of the file, without failed trainings."""
        start, stop = self._starts[cell], self._starts[cell + 1]
        rows = [row for row, value in enumerate(self._epochs[start:stop], start) if value == epochs]
        absent = self._absent[stage] if stage in self._absent else self._find_absent(stage)
        return rows if absent is None else [row for row in rows if not absent[row]]

    def budgets(self, cell: int) -> list[int]:
        """Return the budgets of a cell, in the order of their first rows."""
        return list(dict.fromkeys(self._epochs[self._starts[cell] : self._starts[cell + 1]]))

    def repeat(self, row: int) -> int:
        """Return the repeat of a row."""
        return int(self._repeats[row])

    def metrics(self, row: int, stage: str) -> list[float]:
        """Return training time (s), train, validation and test accuracy of a row; NaN for a missing value."""
        readers = self._readers.get(stage)
        if readers is None:
            readers = self._readers[stage] = tuple(self._reader(stage + name) for name in METRICS)
        return [read(row) for read in readers]

    def _find_absent(self, stage: str) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
        """Return a mask of the rows without any metric of a stage; None if every row has one."""
        masks = [self._table.missing(stage + name) for name in METRICS]
        present = [mask for mask in masks if mask is not None]
        self._absent[stage] = np.logical_and.reduce(present) if len(present) == len(masks) else None
        return self._absent[stage]

    def _reader(self, name: str) -> Reader:
        if name in self._table.metadata.absent_fields:
            return lambda row: math.nan
        column = self._table.column(name)
        if column is None:
            return lambda row: float(self._table.values(name, slice(row, row + 1))[0])
        stored: Sequence[Any] = _view(column.stored)
        if column.missing is not None:
            return lambda row: float(self._table.values(name, slice(row, row + 1))[0])
        if column.encoding in (Encoding.COUNT, Encoding.COUNT64):
            values = fractions(column.encoding, self._table.metadata.evaluation_images).tolist()
            return lambda row: values[stored[row]]
        return stored.__getitem__
