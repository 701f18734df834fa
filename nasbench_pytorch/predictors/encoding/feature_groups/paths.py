"""Numbers of each operation on the paths from the input to the output."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.encoding.feature_groups.graphs import Features, Floats, Graphs


def path_features(graphs: Graphs) -> Features:
    """Number of paths of each composition and length; least, mean and most of each operation along a path."""
    vertices, kinds = graphs.adjacency.shape[1], len(graphs.names)
    most = vertices - 2
    compositions = [c for c in itertools.product(range(most + 1), repeat=kinds) if sum(c) <= most]
    entries = [np.ravel_multi_index(c, (most + 1,) * kinds) for c in compositions]
    paths = _paths_by_composition(graphs).reshape(len(graphs.adjacency), -1)[:, entries]
    held = np.array(compositions, dtype=np.float32).T  # (K, compositions)
    length = held.sum(axis=0)
    total = paths.sum(axis=1)
    features: Features = {"paths": total}
    features |= {f"paths_{'_'.join(map(str, c))}": paths[:, place] for place, c in enumerate(compositions)}
    features |= {f"paths_of_length_{steps}": paths @ (length == steps) for steps in range(most + 1)}
    convolutions = sum((held[k] for k, name in enumerate(graphs.names) if name.startswith("conv")), 0 * length)
    for name, along in [*zip(graphs.names, held, strict=True), ("operations", length), ("convolutions", convolutions)]:
        features[f"path_mean_{name}"] = paths @ along / total
        features[f"path_max_{name}"] = np.where(paths > 0, along, -1).max(axis=1)
        features[f"path_min_{name}"] = np.where(paths > 0, along, most + 1).min(axis=1)
    return features | _vertices_on_paths(graphs)


def _paths_by_composition(graphs: Graphs) -> Floats:
    """Paths from the input to the output that hold so many of each operation, shape (N, V-1, …, V-1)."""
    count, vertices = graphs.adjacency.shape[:2]
    kinds = len(graphs.names)
    flat = np.zeros((count, vertices, (vertices - 1) ** kinds), dtype=np.float32)
    flat[:, 0, 0] = 1
    paths: Floats = flat.reshape(count, vertices, *[vertices - 1] * kinds)
    for vertex in range(1, vertices):
        flat[:, vertex] = np.einsum("nu,nuc->nc", graphs.adjacency[:, :vertex, vertex], flat[:, :vertex])
        if vertex == vertices - 1:
            break
        arriving = paths[:, vertex].copy()
        paths[:, vertex] = 0
        for label in range(kinds):
            there = graphs.operations[:, vertex, label].reshape(-1, *[1] * kinds)
            one_more, before = ([slice(None)] * (kinds + 1) for _ in range(2))
            one_more[label + 1], before[label + 1] = slice(1, None), slice(None, -1)
            paths[:, vertex][tuple(one_more)] += arriving[tuple(before)] * there
    return paths[:, -1]


def _vertices_on_paths(graphs: Graphs) -> Features:
    """How much of the flow goes through each operation; vertices that every path passes."""
    adjacency, operations = graphs.adjacency, graphs.operations
    last = adjacency.shape[1] - 1
    forward, backward = np.zeros_like(graphs.channels), np.zeros_like(graphs.channels)
    forward[:, 0] = backward[:, last] = 1
    for vertex in range(1, last + 1):
        forward[:, vertex] = (adjacency[:, :vertex, vertex] * forward[:, :vertex]).sum(axis=1)
    for vertex in range(last - 1, -1, -1):
        backward[:, vertex] = (adjacency[:, vertex, vertex + 1 :] * backward[:, vertex + 1 :]).sum(axis=1)
    through = (forward * backward / forward[:, last:])[:, :, None]
    features = graphs.per_operation("flow_through", (through * operations).sum(axis=1))
    features |= graphs.per_operation("on_every_path", ((through > 0.999) * operations).sum(axis=1))
    wide = through * graphs.channels[:, :, None]
    return features | graphs.per_operation("flow_by_channels", (wide * operations).sum(axis=1))
