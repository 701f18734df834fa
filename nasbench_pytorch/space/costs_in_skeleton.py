"""Parameters and FLOPs of all cells of a space in any skeleton."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.costs.many_cells import cost_tables
from nasbench_pytorch.space.costs.one_cell import count_parameters
from nasbench_pytorch.space.enumeration.canonical_graphs import adjacency_matrices
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace

Integers = npt.NDArray[np.int64]


def space_costs(space: SearchSpace, skeleton: Skeleton) -> tuple[Integers, Integers]:
    """Return `count_parameters` and `count_flops` (images of 32×32) of every cell.

    Returns:
        Parameters and FLOPs of the forward pass for one image; each of shape (cells,).

    Raises:
        InputError: a cell is too wide for the skeleton.
    """
    columns = space.columns
    if skeleton == NASBENCH101_SKELETON:
        return np.asarray(columns.trainable_parameters, np.int64), np.asarray(columns.flops, np.int64)
    parameters, flops = np.empty(len(space), np.int64), np.empty(len(space), np.int64)
    for vertices in np.unique(columns.vertices).tolist():
        rows = np.flatnonzero(columns.vertices == vertices)
        bits, graph = np.unique(columns.adjacency[rows], return_inverse=True)
        matrices = adjacency_matrices(bits.astype(np.uint64), vertices)
        too_wide = np.flatnonzero(matrices[:, 1:-1, -1].sum(axis=1) > skeleton.stem_out_channels)
        if len(too_wide):
            row = rows[np.flatnonzero(graph == too_wide[0])[0]]
            count_parameters(space[int(row)], skeleton)  # raises the error that names the widths
        labels = columns.operations[rows, : vertices - 2]
        tables = cost_tables(matrices, space.bounds.operations, skeleton)
        parameters[rows] = tables.parameters.costs(graph, labels)
        flops[rows] = tables.flops.costs(graph, labels)
    return parameters, flops
