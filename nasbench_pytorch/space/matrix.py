"""Validation of adjacency matrices that are given as arrays, and their rows as bits."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.notation.matrix_notation import as_array

Matrix = npt.NDArray[np.int8]

# A row of 0/1 bytes → its bits (bit j = column j). A matrix of 7 vertices has only 128 possible rows, and a dictionary
# lookup is several times cheaper than numpy on arrays this small.
_ROW_BITS: dict[bytes, int] = {}
_ROW_BITS_LIMIT = 1 << 16


def checked_matrix(matrix: npt.ArrayLike) -> Matrix:
    """Return a read-only int8 copy of a square matrix.

    Edges that point backward, and numbers other than 0 and 1 in an int8 matrix, are left to `row_bits`.

    Raises:
        InputError: the matrix is ragged, not square, smaller than 2×2 or not 0/1.
    """
    array = matrix if type(matrix) is np.ndarray and matrix.dtype != object else as_array(matrix)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise InputError(f"matrix must be square, got shape {'×'.join(map(str, array.shape)) or 'of a single number'}")
    if array.shape[0] < 2:
        raise InputError(f"matrix must have at least 2 vertices, the input and the output, got {array.shape[0]}")
    try:
        with np.errstate(invalid="ignore"):  # NaN is refused below, with its row and column
            copy = array.astype(np.int8, order="C", copy=True)
    except (ValueError, TypeError):
        raise InputError(f"matrix must hold the numbers 0 and 1, got values of type {array.dtype}") from None
    if copy.dtype != array.dtype and not np.array_equal(copy, array):
        _refuse_values(array)
    copy.flags.writeable = False
    return copy


def row_bits(matrix: Matrix) -> tuple[int, ...]:
    """Return the rows of a 0/1 matrix as integers: bit w of entry v is set where there is an edge v→w.

    Raises:
        InputError: a value is not 0 or 1, or an edge does not point forward.
    """
    size = matrix.shape[0]
    flat = matrix.tobytes()
    rows = []
    for vertex in range(size):
        row = flat[vertex * size : (vertex + 1) * size]
        bits = _ROW_BITS.get(row)
        if bits is None:
            if max(row) > 1:
                _refuse_values(matrix)
            bits = sum(1 << column for column, value in enumerate(row) if value)
            if len(_ROW_BITS) < _ROW_BITS_LIMIT:
                _ROW_BITS[row] = bits
        if bits & ((2 << vertex) - 1):
            column = (bits & -bits).bit_length() - 1
            raise InputError(
                f"matrix must be upper triangular, got an edge from vertex {vertex} to vertex {column}; "
                "number the vertices so that every edge leads to a higher one"
            )
        rows.append(bits)
    return tuple(rows)


def submatrix(matrix: Matrix, vertices: tuple[int, ...]) -> Matrix:
    """Return the rows and columns of some vertices as a read-only matrix."""
    part = matrix.take(_flat_indices(matrix.shape[0], vertices))
    part.flags.writeable = False
    return part


@functools.lru_cache(maxsize=1 << 12)
def _flat_indices(size: int, vertices: tuple[int, ...]) -> npt.NDArray[np.intp]:
    """Return the positions of a submatrix in the flat matrix. Cached, since computing them takes longer than `take`."""
    return np.array([[size * row + column for column in vertices] for row in vertices], dtype=np.intp)


def _refuse_values(matrix: npt.NDArray[Any]) -> None:
    row, column = (int(i) for i in np.argwhere((matrix != 0) & (matrix != 1))[0])
    raise InputError(f"matrix must hold only 0 and 1, got {matrix[row, column]} at row {row}, column {column}")
