"""Numbers that describe a cell as a whole, whatever the numbering of its vertices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.predictors.encoding.feature_groups.depths import depth_features
from nasbench_pytorch.predictors.encoding.feature_groups.edges import edge_features
from nasbench_pytorch.predictors.encoding.feature_groups.graphs import Features, Graphs, channel_shares
from nasbench_pytorch.predictors.encoding.feature_groups.paths import path_features
from nasbench_pytorch.predictors.encoding.feature_groups.widths import width_features
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS

__all__ = ["cell_features", "channel_shares", "feature_names"]

_CELLS_AT_A_TIME = 8192


def cell_features(
    adjacency: npt.NDArray[np.uint8],
    operations: npt.NDArray[np.uint8],
    names: Sequence[str] = CANONICAL_OPERATIONS,
) -> npt.NDArray[np.float32]:
    """Features of N cells: types of edges and of chains, paths by what they hold, channels, depths.

    Args:
        adjacency: shape (N, V, V), as `graph_tensors` gives it.
        operations: shape (N, V, K + 2), one-hot, as `graph_tensors` gives it.
        names: of the K operations.

    Returns:
        float32, shape (N, F), columns as `feature_names` lists them; 221 of them for three operations and seven
        vertices. Equal for isomorphic cells.
    """
    blocks = []
    for start in range(0, len(adjacency), _CELLS_AT_A_TIME):
        chosen = slice(start, start + _CELLS_AT_A_TIME)
        blocks.append(_stack(_describe(adjacency[chosen], operations[chosen], names)))
    if blocks:
        return np.concatenate(blocks)
    return np.zeros((0, len(feature_names(operations.shape[1], names))), dtype=np.float32)


def feature_names(vertices: int = 7, names: Sequence[str] = CANONICAL_OPERATIONS) -> list[str]:
    """Name of each column of `cell_features`, for cells of at most so many vertices."""
    adjacency = np.zeros((1, vertices, vertices), dtype=np.uint8)
    operations = np.zeros((1, vertices, len(names) + 2), dtype=np.uint8)
    adjacency[0, 0, -1] = operations[0, 0, 0] = operations[0, -1, 1] = 1
    return list(_describe(adjacency, operations, names))


def _describe(adjacency: npt.NDArray[np.uint8], operations: npt.NDArray[np.uint8], names: Sequence[str]) -> Features:
    channels = channel_shares(adjacency)
    graphs = Graphs(adjacency.astype(np.float32), operations.astype(np.float32), channels, tuple(names))
    return {
        **edge_features(graphs),
        **path_features(graphs),
        **width_features(graphs),
        **depth_features(graphs),
    }


def _stack(features: Features) -> npt.NDArray[np.float32]:
    """One column a feature, rounded so that another order of summation gives the same number."""
    return np.stack([values.astype(np.float64).round(5) for values in features.values()], axis=1).astype(np.float32)
