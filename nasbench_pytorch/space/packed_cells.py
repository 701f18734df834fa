"""Unpruned cells as two integers, and the row of such a cell in a space, in compiled code.

A cell is padded to the largest number of vertices V of its space, with isolated vertices in front of the output.

- `edges`: bit u + w(w-1)/2 is set where there is an edge u→w, as in `Columns.adjacency`.
- `labels`: 8 bits a vertex, those of vertex v from bit 8(v-1): the index of its operation.

`row_of` prunes such a cell and finds its row in some 200 ns; `ModelSpec` and `SearchSpace.find` take 13 µs.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.njit import njit
from nasbench_pytorch.space.enumeration.cell_codes import code_catalogue
from nasbench_pytorch.space.enumeration.cell_columns import NO_OPERATION
from nasbench_pytorch.space.enumeration.row_index import matrix_key
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.bounds import SpaceBounds
    from nasbench_pytorch.space.search_space import SearchSpace

MOST_VERTICES = 8
"""A row of the matrix is a byte of its key."""

NOT_IN_SPACE = -1


class PackedSpace(NamedTuple):
    """A space for compiled code: N cells of at most V vertices and K operations.

    Attributes:
        max_vertices: V.
        max_edges: largest number of edges of a cell.
        operations: K.
        matrices: uint64, shape (M,), ascending: `matrix_key` of each matrix within the bounds.
        first: int64, shape (M,): code of each matrix with all labels 0.
        weights: int64, shape (M, V-2): weight of each interior vertex's label in the code; 0 beyond a matrix.
        row_of_code: int32, shape (codes,): row of the cell that has a code, -1 for none.
        edges: int64, shape (N,): the padded cells.
        labels: int64, shape (N,).
        vertices: uint8, shape (N,).
    """

    max_vertices: int
    max_edges: int
    operations: int
    matrices: npt.NDArray[np.uint64]
    first: npt.NDArray[np.int64]
    weights: npt.NDArray[np.int64]
    row_of_code: npt.NDArray[np.int32]
    edges: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    vertices: npt.NDArray[np.uint8]


def packed_space(space: SearchSpace) -> PackedSpace:
    """Return a space, or a subset, for compiled code.

    Raises:
        InputError: the space has more than 8 vertices, or its cells can be told apart by their hashes only.
    """
    bounds = space.bounds
    catalogue = None if bounds.max_vertices > MOST_VERTICES else code_catalogue(bounds)
    table = None if catalogue is None else space.code_table
    if catalogue is None or table is None:
        raise InputError(
            f"positions in {space!r} cannot be found fast enough for a search: it needs at most {MOST_VERTICES} "
            "vertices, 16,777,216 labelled graphs and no hash collisions; lower a bound"
        )
    codes = sorted((matrix_key(rows), code) for rows, code in catalogue.matrix_codes())
    weights = np.zeros((len(codes), max(bounds.max_vertices - 2, 1)), np.int64)
    for position, (_, code) in enumerate(codes):
        weights[position, : len(code.weights)] = code.weights
    edges, labels = _padded(space)
    return PackedSpace(
        bounds.max_vertices,
        bounds.max_edges,
        len(bounds.operations),
        np.array([key for key, _ in codes], np.uint64),
        np.array([code.first for _, code in codes], np.int64),
        weights,
        table,
        edges,
        labels,
        np.array(space.columns.vertices),
    )


def _padded(space: SearchSpace) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    columns, last = space.columns, space.bounds.max_vertices - 1
    vertices, bits = columns.vertices.astype(np.int64), columns.adjacency.astype(np.int64)
    start = (vertices - 1) * (vertices - 2) // 2  # of the output's bits
    edges = bits & (1 << start) - 1 | bits >> start << last * (last - 1) // 2
    operations = np.where(columns.operations == NO_OPERATION, 0, columns.operations).astype(np.int64)
    labels = operations @ (1 << 8 * np.arange(operations.shape[1]))
    return edges, labels


def unpacked_spec(bounds: SpaceBounds, edges: int, labels: int) -> ModelSpec:
    """Return the unpruned spec of a packed cell."""
    size, names = bounds.max_vertices, bounds.operations
    matrix = np.zeros((size, size), dtype=np.int8)
    for place in _edge_places(size):
        if edges & 1:
            matrix[place] = 1
        edges >>= 1
    interior = [names[labels >> 8 * vertex & 255] for vertex in range(size - 2)]
    return ModelSpec(matrix, [INPUT, *interior, OUTPUT])


@functools.cache
def _edge_places(size: int) -> tuple[tuple[int, int], ...]:
    return tuple((source, target) for target in range(size) for source in range(target))


@njit
def label_of(labels: int, vertex: int) -> int:
    """Return the operation of an interior vertex."""
    return labels >> 8 * (vertex - 1) & 255


@njit
def with_label(labels: int, vertex: int, label: int) -> int:
    """Return the labels with another operation at an interior vertex."""
    shift = 8 * (vertex - 1)
    return labels & ~(255 << shift) | label << shift


@njit
def edge_bit(source: int, target: int) -> int:
    """Return the number with the bit of one edge, source < target."""
    return 1 << source + target * (target - 1) // 2


@njit
def sources_of(edges: int, vertex: int) -> int:
    """Return the vertices with an edge to `vertex`, as bits."""
    return edges >> vertex * (vertex - 1) // 2 & (1 << vertex) - 1


@njit
def kept_vertices(vertices: int, edges: int) -> int:
    """Return the vertices on paths from the input to the output as bits, or 0 if there is no path."""
    from_input = 1
    for vertex in range(1, vertices):
        if sources_of(edges, vertex) & from_input:
            from_input |= 1 << vertex
    if not from_input >> vertices - 1 & 1:
        return 0
    to_output = 1 << vertices - 1
    for vertex in range(vertices - 1, 0, -1):
        if to_output >> vertex & 1:
            to_output |= sources_of(edges, vertex)
    return from_input & to_output


@njit
def row_of(space: PackedSpace, edges: int, labels: int) -> int:
    """Return the row of an unpruned cell, -1 where it is not valid or not in the space."""
    kept = kept_vertices(space.max_vertices, edges)
    if kept == 0:
        return NOT_IN_SPACE
    key = _pruned_key(space.max_vertices, edges, kept)
    matrix = np.searchsorted(space.matrices, key)
    if matrix == len(space.matrices) or space.matrices[matrix] != key:
        return NOT_IN_SPACE
    code = space.first[matrix]
    interior = 0
    for vertex in range(1, space.max_vertices - 1):
        if kept >> vertex & 1:
            code += space.weights[matrix, interior] * label_of(labels, vertex)
            interior += 1
    row: int = np.int64(space.row_of_code[code])
    return row


@njit
def _pruned_key(vertices: int, edges: int, kept: int) -> np.uint64:
    """Return `matrix_key` of the matrix of the kept vertices."""
    key: np.uint64 = np.uint64(0)
    column = 0
    for vertex in range(vertices):
        if kept >> vertex & 1:
            sources = sources_of(edges, vertex) & kept
            row = 0
            for source in range(vertex):
                if sources >> source & 1:
                    key |= np.uint64(1) << np.uint64(8 * row + column)
                row += kept >> source & 1
            column += 1
    return key
