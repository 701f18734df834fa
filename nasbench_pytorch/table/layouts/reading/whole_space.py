"""The cells of a search space as cells of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Cells, starts_of

if TYPE_CHECKING:
    from nasbench_pytorch.space import SearchSpace
    from nasbench_pytorch.table.storage.row_block import Vocabulary


def space_cells(space: SearchSpace, vocabulary: Vocabulary) -> Cells:
    """Return all cells of a space, in its order, without their parameter counts.

    Args:
        space: at most 11 vertices.
        vocabulary: receives the names of the operations.
    """
    columns = space.columns
    vertices = columns.vertices.astype(np.int64)
    matrix_starts, vertex_starts = starts_of(vertices**2), starts_of(vertices)
    adjacency = np.zeros(int(matrix_starts[-1]), np.uint8)
    operations = np.zeros(int(vertex_starts[-1]), np.uint8)
    codes = np.array([vocabulary.code(name) for name in space.bounds.operations], np.uint8)
    operations[vertex_starts[:-1]] = vocabulary.code(INPUT)
    operations[vertex_starts[1:] - 1] = vocabulary.code(OUTPUT)
    for destination in range(1, int(vertices.max())):
        has = vertices > destination
        starts, sizes = matrix_starts[:-1][has], vertices[has]
        bits = columns.adjacency[has] >> np.array(destination * (destination - 1) // 2, columns.adjacency.dtype)
        for source in range(destination):
            adjacency[starts + source * sizes + destination] = (bits >> np.array(source, bits.dtype)) & 1
        inner = vertices > destination + 1
        if inner.any():
            operations[vertex_starts[:-1][inner] + destination] = codes[columns.operations[inner, destination - 1]]
    return Cells(columns.hash, vertices, np.full(len(vertices), NO_PARAMETERS), adjacency, operations)
