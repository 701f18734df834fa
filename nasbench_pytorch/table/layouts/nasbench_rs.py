"""nasbench-rs's binary file, which its command `nasbench convert` writes.

All numbers are big-endian. `nasbench-rs`, number of cells (u32), then for each cell: number of operations (u8) and
their codes (u8: 0 input, 1 conv1x1, 2 conv3x3, 3 maxpool, 4 output), vertices (u8), the upper triangle as bits row by
row, the first entry lowest (u32), hash (u128), trainable parameters (u32), number of budgets (u8), and for each budget
its epochs (u8), its trainings (u8), and for each of them time (s) and train, validation and test accuracy at half and
end (f64).

Source: sile/nasbench-rs, `src/dataset.rs`, `src/model.rs`.
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
from nasbench_pytorch.table.layouts.reading.rows import block_of
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY, METRICS

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block

_MAGIC = b"nasbench-rs"
_OPERATIONS = (INPUT, CONV1X1, CONV3X3, MAXPOOL3X3, OUTPUT)
_MOST_VERTICES = 7
_TRAINING_BYTES = 2 * len(METRICS) * 8
_CELLS_AT_A_TIME = 1 << 13
_WINDOW_BYTES = 1 << 22


class NasbenchRsBinary(Layout):
    """The layout."""

    name = "nasbench-rs's binary"
    content = "a file that begins with nasbench-rs"
    lacks = "evaluations at the start, total_time"

    @override
    def recognises(self, candidate: Candidate) -> bool:
        return candidate.head.startswith(_MAGIC)

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        with candidates[0].open() as source:
            numbers = _Numbers(source, str(candidates[0].path))
            numbers.take(len(_MAGIC))
            count = numbers.unsigned(4)
            for start in range(0, count, _CELLS_AT_A_TIME):
                yield _block(numbers, min(_CELLS_AT_A_TIME, count - start), reading)
                if reading.progress is not None:
                    reading.progress(numbers.position, candidates[0].size_bytes)
            if not numbers.at_end():
                raise numbers.damaged(f"there are bytes behind the last of {count:,} cells")


class _Numbers:
    """Reader of big-endian numbers."""

    def __init__(self, source: Any, where: str) -> None:
        self._source, self._where = source, where
        self._window, self._place, self._before = b"", 0, 0

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._before + self._place

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        while len(self._window) - self._place < count:
            more = self._source.read(max(_WINDOW_BYTES, count))
            if not more:
                raise self.damaged("the file is cut short")
            self._before += self._place
            self._window, self._place = self._window[self._place :] + more, 0
        self._place += count
        return self._window[self._place - count : self._place]

    def unsigned(self, count: int) -> int:
        """Return a number of `count` bytes."""
        return int.from_bytes(self.take(count), "big")

    def at_end(self) -> bool:
        """Return whether all bytes were read."""
        return self._place == len(self._window) and not self._source.read(1)

    def damaged(self, reason: str) -> InputError:
        """Return the error for a damage at the position."""
        return InputError(f"{self._where}: damaged at byte {self.position:,}: {reason}; get the file again")


def _block(numbers: _Numbers, count: int, reading: Reading) -> Block:
    lists = CellLists(f"{numbers._where}", reading.vocabulary)
    parameters, row_cell, budgets, content = [], [], [], []
    for cell in range(count):
        size = numbers.unsigned(1)
        codes = numbers.take(size)
        dimension, triangle = numbers.unsigned(1), numbers.unsigned(4)
        if not 2 <= size <= _MOST_VERTICES or dimension != size or max(codes) >= len(_OPERATIONS):
            raise numbers.damaged(f"a cell of {size} operations and {dimension} vertices, or an unknown operation")
        lists.add(_matrix(size, triangle), [_OPERATIONS[code] for code in codes], numbers.take(16).hex())
        parameters.append(numbers.unsigned(4))
        for _ in range(numbers.unsigned(1)):
            epochs, trainings = numbers.unsigned(1), numbers.unsigned(1)
            content.append(numbers.take(trainings * _TRAINING_BYTES))
            row_cell += [cell] * trainings
            budgets += [epochs] * trainings
    metrics = np.frombuffer(b"".join(content), ">f8").astype(np.float64).reshape(-1, 2, len(METRICS))
    epochs_of_rows = np.array(budgets, np.int64)
    values = {"halfway_current_epoch": epochs_of_rows / 2, "current_epoch": epochs_of_rows.astype(np.float64)}
    for place, stage in enumerate((HALFWAY, FINAL)):
        for number, name in enumerate(METRICS):
            values[stage + name] = metrics[:, place, number]
    return block_of(lists.cells(parameters), np.array(row_cell, np.int64), epochs_of_rows, values, reading.images)


def _matrix(size: int, triangle: int) -> list[list[int]]:
    """Return the matrix of an upper triangle's bits."""
    matrix = [[0] * size for _ in range(size)]
    for source in range(size):
        for destination in range(source + 1, size):
            matrix[source][destination] = triangle & 1
            triangle >>= 1
    return matrix
