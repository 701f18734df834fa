"""Many cells as dense arrays, and the channels of their vertices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Features = dict[str, Floats]
"""Name → one number a cell, shape (N,)."""


@dataclass(frozen=True)
class Graphs:
    """N cells of at most V vertices in topological order; vertices that a cell does not have are isolated.

    Attributes:
        adjacency: shape (N, V, V), row = source, column = destination.
        roles: shape (N, V, K + 2), one-hot over [input, output, the operations].
        channels: shape (N, V): see `channel_shares`.
        names: of the K operations.
    """

    adjacency: Floats
    roles: Floats
    channels: Floats
    names: tuple[str, ...]

    @property
    def operations(self) -> Floats:
        """One-hot over the K operations, shape (N, V, K)."""
        operations: Floats = self.roles[:, :, 2:]
        return operations

    @property
    def feeding(self) -> Floats:
        """Which interior vertices feed the output, shape (N, V)."""
        feeding: Floats = self.adjacency[:, :, -1].copy()
        feeding[:, 0] = 0
        return feeding

    def per_operation(self, name: str, values: Floats) -> Features:
        """Columns of an array of shape (N, K), one feature an operation."""
        return {f"{name}_{operation}": values[:, label] for label, operation in enumerate(self.names)}


def channel_shares(adjacency: npt.NDArray[np.uint8]) -> Floats:
    """Channels of each vertex divided by those of the module's output, shape (N, V, V) → (N, V).

    The output's channels are shared equally by the vertices that feed it; another vertex is as wide as the widest
    that it feeds. Fractions are kept: the original gives the remainder of the division to the first vertices, which
    would make the numbers depend on the numbering.
    """
    last = adjacency.shape[1] - 1
    feeding = adjacency[:, :, last].astype(np.float32)
    feeding[:, 0] = 0
    share = feeding / np.maximum(feeding.sum(axis=1, keepdims=True), 1)
    channels = np.zeros(adjacency.shape[:2], dtype=np.float32)
    channels[:, last] = 1
    for vertex in range(last - 1, 0, -1):
        fed = channels[:, vertex + 1 : last] * adjacency[:, vertex, vertex + 1 : last]
        channels[:, vertex] = np.where(feeding[:, vertex] > 0, share[:, vertex], fed.max(axis=1, initial=0))
    return channels
