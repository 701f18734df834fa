"""Rows and their cells while a table is being made: what a chunk of a file, a campaign or another table brings."""

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
    """Some cells, one behind the other.

    Attributes:
        hashes: bytes, shape (cells, 16).
        vertices: vertices of each.
        parameters: trainable parameters of each, int64; `NO_PARAMETERS` where they are not known.
        adjacency: their matrices row by row, 0 or 1, vertices² for each cell.
        operations: codes of their operations, as many as vertices.
    """

    hashes: npt.NDArray[np.uint8]
    vertices: npt.NDArray[np.int64]
    parameters: npt.NDArray[np.int64]
    adjacency: npt.NDArray[np.uint8]
    operations: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.vertices)

    def vertex_starts(self) -> npt.NDArray[np.int64]:
        """Where each cell begins in `operations`, and where the last one ends."""
        return starts_of(self.vertices)

    def matrix_starts(self) -> npt.NDArray[np.int64]:
        """Where each cell begins in `adjacency`, and where the last one ends."""
        return starts_of(self.vertices**2)

    def keys(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """The hashes as two numbers, upper and lower half; they sort as the hashes do."""
        halves = np.ascontiguousarray(self.hashes).view(">u8").reshape(-1, 2).astype(np.uint64)
        return np.ascontiguousarray(halves[:, 0]), np.ascontiguousarray(halves[:, 1])


NO_PARAMETERS = -(1 << 40)


@dataclass
class Block:
    """Some rows in their order, with the cells that they belong to.

    Attributes:
        cells: the cells, in any order; a cell may come twice.
        row_cell: for each row the number of its cell.
        epochs: for each row its budget.
        columns: the row's numbers by field; all blocks of a table have the same fields.
        repeats: for each row its repeat, or None where they count up in the order of the rows.
        raw: row → the record it came as, for records that the columns do not give back byte for byte.
        own: further columns of the rows.
        own_cells: further columns of the cells.
    """

    cells: Cells
    row_cell: npt.NDArray[np.int32]
    epochs: Array
    columns: dict[str, Column]
    repeats: Array | None = None
    raw: dict[int, bytes] = field(default_factory=dict)
    own: dict[str, pa.Array] = field(default_factory=dict)
    own_cells: dict[str, pa.Array] = field(default_factory=dict)

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
    """The operations' names of a table, each with a code; threads may add to it.

    Attributes:
        names: the names in the order of their codes.
    """

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        self.names = list(names)
        self._lock = threading.Lock()

    def code(self, name: str) -> int:
        """The code of a name, a new one if it is new.

        Raises:
            InputError: there are too many names.
        """
        with self._lock:
            if name not in self.names:
                if len(self.names) == MAX_OPERATIONS:
                    raise InputError(f"more than {MAX_OPERATIONS} operations; '{name:.60}' has no room in a table")
                self.names.append(name)
            return self.names.index(name)

    def json_text(self) -> JsonNames:
        """Return the names as JSON writes them."""
        with self._lock:
            texts = [json.dumps(name)[1:-1].encode("ascii") for name in self.names]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        return JsonNames(np.frombuffer(b"".join(texts) or b" ", np.uint8), ends)


def starts_of(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where each of some pieces begins that lie one behind the other, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
