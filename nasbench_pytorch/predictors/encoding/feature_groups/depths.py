"""Depths of the vertices, and how much of a signal reaches the output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.encoding.feature_groups.graphs import Features, Floats, Graphs


SIGNAL_GAINS: dict[str, dict[str, float]] = {
    "kept": {},
    "pooled_away": {"maxpool3x3": 0.3},
    "convolved": {"conv1x1-bn-relu": 0.5, "maxpool3x3": 0.2},
}
"""Factors by which an operation weakens what it passes on; 1 for those not named. `convolved` was the single most
useful feature of the boosted trees: about the weighted number of paths, those of 3×3 convolutions counting most."""


def depth_features(graphs: Graphs) -> Features:
    """Depth of the output by mean, least and most over its inputs, counted in operations and in each operation."""
    counted = {"operations": np.ones(len(graphs.names), dtype=np.float32)}
    counted |= dict(zip(graphs.names, np.eye(len(graphs.names), dtype=np.float32), strict=True))
    features: Features = {}
    for name, weights in counted.items():
        features |= {f"depth_{what}_{name}": values for what, values in _depths(graphs, weights).items()}
    for name, gains in SIGNAL_GAINS.items():
        gain = np.array([gains.get(operation, 1.0) for operation in graphs.names], dtype=np.float32)
        features[f"signal_{name}"] = np.log(_signal_at_output(graphs, gain) + 0.001)
    return features


def _depths(graphs: Graphs, weights: Floats) -> Features:
    adjacency, share = graphs.adjacency, graphs.feeding * graphs.channels
    last = adjacency.shape[1] - 1
    own = graphs.operations @ weights
    mean, most, least, onwards = (np.zeros_like(share) for _ in range(4))
    for vertex in range(1, last + 1):
        into = adjacency[:, :, vertex]
        fed = into.sum(axis=1)
        mean[:, vertex] = own[:, vertex] + (into * mean).sum(axis=1) / np.maximum(fed, 1)
        most[:, vertex] = own[:, vertex] + np.where(into > 0, most, -1).max(axis=1) * (fed > 0)
        least[:, vertex] = own[:, vertex] + np.where(into > 0, least, 99).min(axis=1) * (fed > 0)
    for vertex in range(last - 1, -1, -1):
        out_of = adjacency[:, vertex]
        onwards[:, vertex] = own[:, vertex] + (out_of * onwards).sum(axis=1) / np.maximum(out_of.sum(axis=1), 1)
    feeding = graphs.feeding > 0
    return {
        "mean": (share * mean).sum(axis=1),
        "most": (share * most).sum(axis=1),
        "least": (share * least).sum(axis=1),
        "deepest_feeder": np.where(feeding, mean, -1).max(axis=1),
        "shallowest_feeder": np.where(feeding, mean, 99).min(axis=1),
        "from_input": onwards[:, 0],
        "of_first_operation": (mean * graphs.operations[:, :, 0]).sum(axis=1),
    }


def _signal_at_output(graphs: Graphs, gain: Floats) -> Floats:
    """Sum over paths of the product of the gains along each."""
    last = graphs.adjacency.shape[1] - 1
    factor = graphs.operations @ gain
    factor[:, last] = 1
    signal = np.zeros_like(graphs.channels)
    signal[:, 0] = 1
    for vertex in range(1, last + 1):
        arriving = (graphs.adjacency[:, :vertex, vertex] * signal[:, :vertex]).sum(axis=1)
        signal[:, vertex] = arriving * factor[:, vertex]
    return signal[:, last]
