"""Properties of a table's cells that follow from their graphs alone, as arrays over all cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs.many_cells import cost_tables
from nasbench_pytorch.space.operations import OPERATION_COSTS
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

_LARGEST_CATEGORY = 255
_CELLS_AT_A_TIME = 1 << 14
"""Cells whose matrices are looked at together: 6 MB."""


class CellsOfOneSize(NamedTuple):
    """The cells of a table that have the same number of vertices.

    Attributes:
        cells: numbers of the cells, shape (n,).
        matrices: the distinct matrices among them, shape (S, V, V), 0 and 1.
        matrix_of: number of each cell's matrix, shape (n,).
        operations: code of each interior vertex's operation, shape (n, V - 2).
    """

    cells: npt.NDArray[np.int64]
    matrices: Bytes
    matrix_of: npt.NDArray[np.int64]
    operations: Bytes


def vertices(table: TableFile) -> Bytes:
    """Return the number of vertices of each cell, shape (cells,)."""
    return np.minimum(np.diff(table.operation_codes[1]), _LARGEST_CATEGORY).astype(np.uint8)


def edges(table: TableFile) -> Bytes:
    """Return the number of edges of each cell, shape (cells,)."""
    return _by_matrix(table, lambda matrices: matrices.sum(axis=(1, 2), dtype=np.int64))


def depth(table: TableFile) -> Bytes:
    """Return the number of edges on the longest path from input to output of each cell, shape (cells,)."""
    return _by_matrix(table, _longest_paths)


def operation_count(table: TableFile, name: str) -> Bytes:
    """Return how often each cell has an operation, shape (cells,)."""
    code = table.operation_names.index(name)
    codes, starts = table.operation_codes
    return np.add.reduceat(codes == code, starts[:-1], dtype=np.uint8) if table.cells else np.empty(0, np.uint8)


def flops(table: TableFile) -> Floats:
    """Return the FLOPs of a forward pass for one image of 32×32, shape (cells,); NaN where they cannot be counted.

    They cannot for an operation of unknown cost, and for a cell that is wider than the skeleton allows.
    """
    skeleton = skeleton_of(table)
    found = np.full(table.cells, np.nan)
    names = table.operation_names
    known = [code for code, name in enumerate(names) if name in OPERATION_COSTS]
    label = np.full(256, _LARGEST_CATEGORY, np.uint8)
    label[known] = np.arange(len(known))
    for group in cells_by_size(table):
        fits = group.matrices[:, 1:-1, -1].sum(axis=1) <= skeleton.stem_out_channels
        labels = label[group.operations]
        counted = fits[group.matrix_of] & (labels != _LARGEST_CATEGORY).all(axis=1)
        if counted.any():
            table_of_costs = cost_tables(
                group.matrices[fits].astype(np.int8), [names[code] for code in known], skeleton
            )
            position = (np.cumsum(fits) - 1)[group.matrix_of[counted]]
            found[group.cells[counted]] = table_of_costs.flops.costs(position, labels[counted])
    return found


def skeleton_of(table: TableFile) -> Skeleton:
    """Return the network around the cells of a table; NAS-Bench-101's where the table does not say or says nonsense."""
    try:
        return Skeleton.from_dict(table.metadata.skeleton) if table.metadata.skeleton else NASBENCH101_SKELETON
    except InputError:
        return NASBENCH101_SKELETON


def cells_by_size(table: TableFile) -> Iterator[CellsOfOneSize]:
    """Yield the cells in groups of equal numbers of vertices."""
    sizes = np.diff(table.operation_codes[1])
    for size in np.unique(sizes).tolist():
        cells = np.flatnonzero(sizes == size)
        _, first, matrix_of = np.unique(_matrix_keys(table, cells, size), return_index=True, return_inverse=True)
        matrices = _entries(table.adjacency, cells[first], size * size).reshape(-1, size, size)
        yield CellsOfOneSize(cells, matrices, matrix_of, _entries(table.operation_codes, cells, size)[:, 1:-1])


def _matrix_keys(table: TableFile, cells: npt.NDArray[np.int64], size: int) -> npt.NDArray[Any]:
    """Return a number for the matrix of each cell, or bytes where 64 bits are too few; equal ones are equal."""
    width = -(-size * size // 64) * 8
    words = np.zeros((len(cells), width), np.uint8)
    for start in range(0, len(cells), _CELLS_AT_A_TIME):
        bits = np.packbits(_entries(table.adjacency, cells[start : start + _CELLS_AT_A_TIME], size * size), axis=1)
        words[start : start + len(bits), : bits.shape[1]] = bits
    return words.view(np.uint64 if width == 8 else f"V{width}").ravel()


def _entries(column: tuple[Bytes, npt.NDArray[np.int32]], cells: npt.NDArray[np.int64], length: int) -> Bytes:
    """Return the values of some cells in a column of lists, all of this length: shape (n, length)."""
    values, starts = column
    found = np.empty((len(cells), length), np.uint8)
    for start in range(0, len(cells), _CELLS_AT_A_TIME):
        chosen = cells[start : start + _CELLS_AT_A_TIME]
        found[start : start + len(chosen)] = values[starts[chosen][:, None] + np.arange(length, dtype=np.int32)]
    return found


def _by_matrix(table: TableFile, compute: Callable[[Bytes], npt.NDArray[np.int64]]) -> Bytes:
    found = np.empty(table.cells, np.uint8)
    for group in cells_by_size(table):
        found[group.cells] = np.minimum(compute(group.matrices), _LARGEST_CATEGORY)[group.matrix_of]
    return found


def _longest_paths(matrices: Bytes) -> npt.NDArray[np.int64]:
    """Return the number of edges on the longest path from the first vertex to the last: (S, V, V) → (S,)."""
    count, size = matrices.shape[:2]
    unreached = -(size + 1)
    longest = np.full((count, size), unreached, np.int64)
    longest[:, 0] = 0
    for vertex in range(1, size):
        into = np.where(matrices[:, :vertex, vertex] != 0, longest[:, :vertex] + 1, unreached)
        longest[:, vertex] = into.max(axis=1)
    return np.maximum(longest[:, -1], 0)
