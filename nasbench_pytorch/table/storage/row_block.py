"""Rows and their cells in memory, while a table is built from a file, a campaign or another table."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.storage.encoded_column import Array, Column

MAX_OPERATIONS = 255


@dataclass
class Cells:
    """Some cells.

    Attributes:
        hashes: bytes, shape (cells, 16).
        vertices: number of vertices of each cell.
        parameters: trainable parameters of each cell, int64; `NO_PARAMETERS` where unknown.
        adjacency: matrices row by row, concatenated: 0 or 1, vertices² for each cell.
        operations: codes of the operations, concatenated: one for each vertex.
    """

    hashes: npt.NDArray[np.uint8]
    vertices: npt.NDArray[np.int64]
    parameters: npt.NDArray[np.int64]
    adjacency: npt.NDArray[np.uint8]
    operations: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.vertices)

    def vertex_starts(self) -> npt.NDArray[np.int64]:
        """Return where each cell begins in `operations`, and where the last one ends."""
        return starts_of(self.vertices)

    def matrix_starts(self) -> npt.NDArray[np.int64]:
        """Return where each cell begins in `adjacency`, and where the last one ends."""
        return starts_of(self.vertices**2)

    def keys(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """Return the upper and lower half of each hash as numbers, which sort like the hashes."""
        halves = np.ascontiguousarray(self.hashes).view(">u8").reshape(-1, 2).astype(np.uint64)
        return np.ascontiguousarray(halves[:, 0]), np.ascontiguousarray(halves[:, 1])


NO_PARAMETERS = -(1 << 40)


@dataclass
class Block:
    """Some rows in their order, with their cells.

    Attributes:
        cells: the cells, in any order; a cell may occur twice.
        row_cell: cell number of each row.
        epochs: budget of each row.
        columns: the rows' numbers by field; all blocks of a table have the same fields.
        repeats: repeat of each row; None to number the repeats in the order of the rows.
        raw: row → its original record, for records that the columns do not reproduce byte for byte.
        extra_columns: extra columns of the rows.
        extra_cell_columns: extra columns of the cells.
    """

    cells: Cells
    row_cell: npt.NDArray[np.int32]
    epochs: Array
    columns: dict[str, Column]
    repeats: Array | None = None
    raw: dict[int, bytes] = field(default_factory=dict)
    extra_columns: dict[str, pa.Array] = field(default_factory=dict)
    extra_cell_columns: dict[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row_cell)


class JsonNames(NamedTuple):
    """The operations' names as JSON writes them, in the order of their codes.

    Attributes:
        text: the names, concatenated.
        ends: where each name ends in `text`.
    """

    text: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]


class Vocabulary:
    """The names of a table's operations, each with a code; threads may share one.

    Attributes:
        names: names in the order of their codes.
    """

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        self.names = list(names)
        self._lock = threading.Lock()

    def code(self, name: str) -> int:
        """Return the code of a name; a new name gets the next code.

        Raises:
            InputError: there are too many names.
        """
        with self._lock:
            if name not in self.names:
                if len(self.names) == MAX_OPERATIONS:
                    raise InputError(
                        f"operation '{name:.60}' is one too many; a table has at most {MAX_OPERATIONS} operations"
                    )
                self.names.append(name)
            return self.names.index(name)

    def json_text(self) -> JsonNames:
        """Return the names as JSON writes them."""
        with self._lock:
            texts = [json.dumps(name)[1:-1].encode("ascii") for name in self.names]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        return JsonNames(np.frombuffer(b"".join(texts) or b" ", np.uint8), ends)


def starts_of(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where each of some concatenated pieces begins, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
