"""arch2vec's `data.json` and NAR-Former's `nasbench101.json`: means of all cells, under running numbers.

An object: number → {test_accuracy, validation_accuracy, training_time (s), module_adjacency, module_operations}, all
means over the three trainings of 108 epochs. arch2vec pads the matrix to 7×7 at its end and writes operations one-hot,
7×5 (input, conv1x1, conv3x3, maxpool, output). NAR-Former (and NN-Former) write the matrix as it is, operations as the
numbers 0 to 4 in that order, and `parameters`. There are no hashes.

Source: MSU-MLSys-Lab/arch2vec, `preprocessing/gen_json.py`; yuny220/NAR-Former, `preprocessing/gen_json_101.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import CONV1X1, CONV3X3, INPUT, MAXPOOL3X3, OUTPUT
from nasbench_pytorch.table.layouts.layout import Layout, Reading
from nasbench_pytorch.table.layouts.reading.cell_lists import CellLists
from nasbench_pytorch.table.layouts.reading.json_entries import json_entries
from nasbench_pytorch.table.layouts.reading.json_head import first_entries
from nasbench_pytorch.table.layouts.reading.rows import mean_rows
from nasbench_pytorch.table.layouts.reading.value_checks import number_or_nan

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block

_OPERATIONS = (INPUT, CONV1X1, CONV3X3, MAXPOOL3X3, OUTPUT)
_METRICS = ("training_time", "validation_accuracy", "test_accuracy")
_EPOCHS = 108
_CELLS_AT_A_TIME = 1 << 14


class Arch2vecJson(Layout):
    """The layout."""

    name = "arch2vec's or NAR-Former's JSON"
    content = "a JSON object: number → module_adjacency, module_operations and test_accuracy"
    lacks = "single trainings (each value is the mean of three)"
    has_hashes = False

    @override
    def recognises(self, candidate: Candidate) -> bool:
        entries = first_entries(candidate)
        if not entries or not isinstance(entries[0][1], dict):
            return False
        key, value = entries[0]
        names = {"module_adjacency", "module_operations", "test_accuracy"}
        return key is not None and key.isdecimal() and names <= set(value)

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        where = str(candidates[0].path)
        part = _Part(where, reading)
        for key, value in json_entries(candidates[0], reading.progress):
            part.add(str(key), value)
            if len(part.lists) == _CELLS_AT_A_TIME:
                yield part.block()
                part = _Part(where, reading)
        if len(part.lists):
            yield part.block()


class _Part:
    """Some entries."""

    def __init__(self, where: str, reading: Reading) -> None:
        self._where, self._reading = where, reading
        self.lists = CellLists(where, reading.vocabulary)
        self._parameters: list[int] = []
        self._values: list[list[float]] = []

    def add(self, key: str, value: Any) -> None:
        """Add an entry."""
        place = f"{self._where}: entry {key!a:.40}"
        if not isinstance(value, dict):
            raise InputError(f"{place}: not an object with module_adjacency and more; the file is damaged")
        operations = operation_names(value.get("module_operations"), place)
        self.lists.add(unpadded(value.get("module_adjacency"), len(operations), place), operations)
        parameters = value.get("parameters", -1)
        if type(parameters) is not int or parameters < -1 or parameters >= 1 << 31:
            raise InputError(f"{place}: parameters is {parameters!a:.40}, not a whole number")
        self._parameters.append(parameters)
        self._values.append([number_or_nan(value.get(name), name, place) for name in _METRICS])

    def block(self) -> Block:
        """Return the entries as a block."""
        columns = np.array(self._values, np.float64).T
        missing = {name: np.isnan(column) for name, column in zip(_METRICS, columns, strict=True)}
        cells = self.lists.cells(self._parameters)
        return mean_rows(cells, _EPOCHS, dict(zip(_METRICS, columns, strict=True)), self._reading.images, missing)


def operation_names(operations: Any, place: str) -> list[str]:
    """Return the names of operations that are numbers, or one-hot rows with empty ones at the end.

    Raises:
        InputError: they are neither.
    """
    if isinstance(operations, list) and operations:
        if all(type(number) is int and 0 <= number < len(_OPERATIONS) for number in operations):
            return [_OPERATIONS[number] for number in operations]
        rows = [row for row in operations if isinstance(row, list) and len(row) == len(_OPERATIONS)]
        used = [row for row in rows if row.count(1) == 1 and row.count(0) == len(row) - 1]
        empty = [row for row in rows if row.count(0) == len(row)]
        if len(used) + len(empty) == len(operations) and rows[: len(used)] == used:
            return [_OPERATIONS[row.index(1)] for row in used]
    raise InputError(
        f"{place}: module_operations is neither a list of numbers from 0 to {len(_OPERATIONS) - 1} nor one-hot rows"
    )


def unpadded(matrix: Any, size: int, place: str) -> list[list[int]]:
    """Return the first `size` rows and columns of a matrix that may be padded with zeros at its end.

    Raises:
        InputError: it is no matrix, or the padding holds something else.
    """
    good = isinstance(matrix, list) and len(matrix) >= size and all(isinstance(row, list) for row in matrix)
    if not good or any(len(row) != len(matrix) for row in matrix):
        raise InputError(f"{place}: module_adjacency is no square matrix of at least {size}×{size}")
    if any(entry != 0 for row in matrix for entry in row[size:]) or any(any(row) for row in matrix[size:]):
        raise InputError(f"{place}: module_adjacency has edges of vertices without operations")
    return [row[:size] for row in matrix[:size]]
