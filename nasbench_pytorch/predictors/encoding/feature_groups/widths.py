"""Channels of the vertices, and the multiplications that they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.space.operations import OPERATION_COSTS

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.encoding.feature_groups.graphs import Features, Floats, Graphs


def width_features(graphs: Graphs) -> Features:
    """Channels by operation, projections of the input, and the logarithm of the cell's multiplications."""
    adjacency, channels, operations = graphs.adjacency, graphs.channels, graphs.operations
    by_operation = channels[:, :, None] * operations
    projections = adjacency[:, 0] * channels
    interior = graphs.roles[:, 1:-1].sum(axis=2)
    features = graphs.per_operation("channels_sum", by_operation.sum(axis=1))
    features |= graphs.per_operation("channels_max", by_operation.max(axis=1))
    squares = (by_operation**2).sum(axis=1)
    features |= graphs.per_operation("channels_squared", squares)
    at_output = graphs.feeding[:, :, None] * by_operation
    features |= graphs.per_operation("output_share", at_output.sum(axis=1))
    features["output_fed_by"] = graphs.feeding.sum(axis=1)
    features["output_fed_by_input"] = adjacency[:, 0, -1]
    features["projections"] = adjacency[:, 0].sum(axis=1)
    features["projected_channels"] = projections.sum(axis=1)
    features["channels_min"] = np.where(interior > 0, channels[:, 1:-1], 2).min(axis=1, initial=2)
    features["channels_mean"] = channels[:, 1:-1].sum(axis=1) / np.maximum(interior.sum(axis=1), 1)
    weights = squares @ _weights_per_square(graphs.names)
    features["log_multiplications"] = np.log(weights + projections.sum(axis=1) / 2 + 0.001)
    return features


def _weights_per_square(names: tuple[str, ...]) -> Floats:
    """Weights of each operation on c channels, divided by c²: 9, 1 and 0 for NAS-Bench-101's three."""
    many = 1 << 12
    costs = [OPERATION_COSTS[name].parameters(many) if name in OPERATION_COSTS else 0 for name in names]
    return np.array([round(cost / many**2) for cost in costs], dtype=np.float32)
