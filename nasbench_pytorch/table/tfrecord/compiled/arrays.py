"""The arrays that the compiled functions share, as named tuples, which numba accepts as arguments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]


class FrameBuffer(NamedTuple):
    """A buffer of whole frames.

    Attributes:
        data: the bytes, with at least 300 spare ones behind the last frame.
        starts: where each frame begins in `data`.
    """

    data: Bytes
    starts: Integers


class RecordArrays(NamedTuple):
    """The values of some records.

    Attributes:
        epochs: budget of each record.
        cells: number of each record's cell.
        bits: the 64-bit patterns of the numbers of `ROW_FIELDS`, shape (16, records).
    """

    epochs: npt.NDArray[np.unsignedinteger]
    cells: npt.NDArray[np.signedinteger]
    bits: npt.NDArray[np.uint64]


class CellArrays(NamedTuple):
    """Buffers for the cells that the reader finds; the fields are those of `Cells`.

    Attributes:
        hashes: shape (cells, 16).
        vertices: number of vertices of each cell.
        parameters: trainable parameters of each cell.
        adjacency: matrices row by row, concatenated.
        operations: codes of the operations, concatenated.
    """

    hashes: Bytes
    vertices: Integers
    parameters: Integers
    adjacency: Bytes
    operations: Bytes


class StoredCells(NamedTuple):
    """The cells of a table, for the writer.

    Attributes:
        hashes: shape (cells, 16).
        parameters: trainable parameters of each cell.
        adjacency: matrices row by row, concatenated.
        matrix_starts: where each cell begins in `adjacency`, and where the last one ends.
        operations: codes of the operations, concatenated.
        vertex_starts: where each cell begins in `operations`, and where the last one ends.
    """

    hashes: Bytes
    parameters: npt.NDArray[np.int32]
    adjacency: Bytes
    matrix_starts: npt.NDArray[np.int32]
    operations: Bytes
    vertex_starts: npt.NDArray[np.int32]
