"""The cells of a whole space as a table stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.space.encodings import graph_tensors
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.table.storage.row_block import Cells

if TYPE_CHECKING:
    from nasbench_pytorch.space import SearchSpace


def cells_of(space: SearchSpace) -> tuple[Cells, list[str]]:
    """Return all cells of a space in its order, and the names of the operations by code."""
    columns = space.columns
    vertices = columns.vertices.astype(np.int64)
    cells = Cells(
        columns.hash,
        vertices,
        columns.trainable_parameters.astype(np.int64),
        np.empty(int((vertices**2).sum()), np.uint8),
        np.empty(int(vertices.sum()), np.uint8),
    )
    matrix_starts, vertex_starts = cells.matrix_starts(), cells.vertex_starts()
    output, last = len(space.bounds.operations) + 1, space.bounds.max_vertices - 1
    padded, _ = graph_tensors(space)
    for size in np.unique(vertices).tolist():
        rows = np.flatnonzero(vertices == size)
        kept = np.array([*range(size - 1), last])  # the output stands behind the padding
        matrices = padded[rows][:, kept][:, :, kept]
        cells.adjacency[matrix_starts[rows][:, None] + np.arange(size**2)] = matrices.reshape(len(rows), -1)
        codes = np.zeros((len(rows), size), np.uint8)
        codes[:, 1:-1] = columns.operations[rows, : size - 2] + 1
        codes[:, -1] = output
        cells.operations[vertex_starts[rows][:, None] + np.arange(size)] = codes
    return cells, [INPUT, *space.bounds.operations, OUTPUT]
