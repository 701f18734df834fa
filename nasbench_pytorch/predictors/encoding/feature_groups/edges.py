"""Counts of operations, and of edges and chains of three vertices by their operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.encoding.feature_groups.graphs import Features, Graphs


def edge_features(graphs: Graphs) -> Features:
    """Counts that a Weisfeiler–Lehman kernel of depth one sees, and the degrees of vertices by operation."""
    adjacency, roles, operations = graphs.adjacency, graphs.roles, graphs.operations
    ends = ["input", "output", *graphs.names]
    sources = [label for label in range(len(ends)) if label != 1]
    targets = [label for label in range(len(ends)) if label != 0]
    features: Features = {"vertices": roles.sum(axis=(1, 2)), "edges": adjacency.sum(axis=(1, 2))}
    features |= graphs.per_operation("count", operations.sum(axis=1))
    into, out_of = adjacency.sum(axis=1)[:, :, None], adjacency.sum(axis=2)[:, :, None]
    features |= graphs.per_operation("in_degree_max", (into * operations).max(axis=1))
    features |= graphs.per_operation("out_degree_max", (out_of * operations).max(axis=1))
    features |= graphs.per_operation("in_degree_sum", (into * operations).sum(axis=1))
    features |= graphs.per_operation("fed_by_input", (adjacency[:, 0, :, None] * operations).sum(axis=1))
    features |= graphs.per_operation("feeds_output", (graphs.feeding[:, :, None] * operations).sum(axis=1))
    by_source = roles.transpose(0, 2, 1)
    edges = by_source @ adjacency @ roles
    features |= {f"edge_{ends[a]}_{ends[b]}": edges[:, a, b] for a in sources for b in targets}
    for label, middle in enumerate(graphs.names):
        through = adjacency * operations[:, None, :, label]
        chains = (by_source @ through) @ (adjacency @ roles)
        features |= {f"chain_{ends[a]}_{middle}_{ends[b]}": chains[:, a, b] for a in sources for b in targets}
    return {name: np.asarray(values, dtype=np.float32) for name, values in features.items()}
