"""Encodings of cells as arrays, for predictors.

Every function takes a `SearchSpace`, or specs together with bounds, and encodes the pruned cells. V is the largest
number of vertices and K the number of operations, 7 and 3 in NAS-Bench-101. Smaller cells are padded with isolated
vertices in front of the output, so the output is always the last vertex.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumeration.bounds import SpaceBounds
from nasbench_pytorch.space.enumeration.canonical_graphs import adjacency_matrices, edge_vertices
from nasbench_pytorch.space.enumeration.cell_columns import NO_OPERATION
from nasbench_pytorch.space.operation_checks import operation_labels
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS
from nasbench_pytorch.space.search_space import SearchSpace

if TYPE_CHECKING:
    from nasbench_pytorch.space.adjacency import Rows
    from nasbench_pytorch.space.spec import ModelSpec

Codes = npt.NDArray[np.uint8]
Cells = SearchSpace | Iterable["ModelSpec"]

NASBENCH101_BOUNDS = SpaceBounds(7, 9, CANONICAL_OPERATIONS)


def graph_tensors(cells: Cells, bounds: SpaceBounds = NASBENCH101_BOUNDS) -> tuple[Codes, Codes]:
    """Return adjacency matrices and one-hot operations, the input of graph networks.

    Args:
        cells: N cells.
        bounds: bounds that give V and K; unused where `cells` is a space.

    Returns:
        adjacency: uint8, shape (N, V, V), row = source, column = destination.
        operations: uint8, shape (N, V, K + 2), one-hot over [input, output, the operations]; all 0 at padding.

    Raises:
        InputError: a cell is not within the bounds.
    """
    graphs = _graphs(cells, bounds)
    size, count = graphs.bounds.max_vertices, len(graphs.vertices)
    adjacency = np.zeros((count, size, size), dtype=np.uint8)
    operations = np.zeros((count, size, len(graphs.bounds.operations) + 2), dtype=np.uint8)
    operations[:, 0, 0] = operations[:, -1, 1] = 1
    cell, interior = np.nonzero(graphs.operations != NO_OPERATION)
    operations[cell, interior + 1, graphs.operations[cell, interior] + 2] = 1
    for vertices in np.unique(graphs.vertices).tolist():
        chosen = np.flatnonzero(graphs.vertices == vertices)
        padded_vertices = np.array([*range(vertices - 1), size - 1])
        matrices = adjacency_matrices(graphs.adjacency[chosen], vertices)
        adjacency[chosen[:, None, None], padded_vertices[:, None], padded_vertices] = matrices
    return adjacency, operations


def adjacency_one_hot(cells: Cells, bounds: SpaceBounds = NASBENCH101_BOUNDS) -> Codes:
    """Return the upper triangle, row by row, then the interior vertices' one-hot operations.

    Args:
        cells: N cells.
        bounds: bounds that give V and K; unused where `cells` is a space.

    Returns:
        uint8, shape (N, V(V-1)/2 + (V-2)K): 36 entries per cell in NAS-Bench-101. The encoding depends on the
        numbering of the vertices.

    Raises:
        InputError: a cell is not within the bounds.

    Source: White et al. 2020, "A Study on Encodings for Neural Architecture Search" (arXiv 2007.04965).
    """
    adjacency, operations = graph_tensors(cells, bounds)
    sources, destinations = np.triu_indices(adjacency.shape[1], 1)
    interior = operations[:, 1:-1, 2:]
    one_hot = interior.reshape(len(interior), interior.shape[1] * interior.shape[2])
    return np.concatenate([adjacency[:, sources, destinations], one_hot], axis=1)


def operation_counts(cells: Cells, bounds: SpaceBounds = NASBENCH101_BOUNDS) -> Codes:
    """Return the number of occurrences of each operation.

    Args:
        cells: N cells.
        bounds: bounds that give V and K; unused where `cells` is a space.

    Returns:
        uint8, shape (N, K).

    Raises:
        InputError: a cell is not within the bounds.
    """
    graphs = _graphs(cells, bounds)
    labels = range(len(graphs.bounds.operations))
    counts = [(graphs.operations == label).sum(axis=1, dtype=np.uint8) for label in labels]
    return np.stack(counts, axis=1)


def path_encoding(cells: Cells, bounds: SpaceBounds = NASBENCH101_BOUNDS, length: int | None = None) -> Codes:
    """Return which sequences of operations lead from the input to the output.

    Entries are ordered by the number of operations, then as numbers in base K, the first operation the highest digit:
    first the path without operations, then the K paths of one. The encoding does not depend on the numbering of the
    vertices.

    Args:
        cells: N cells.
        bounds: bounds that give V and K; unused where `cells` is a space.
        length: number of entries to keep, shortest paths first; None for all.

    Returns:
        uint8, shape (N, 1 + K + K² + … + K^(V-2)), or (N, length): 364 entries in NAS-Bench-101.

    Raises:
        InputError: a cell is not within the bounds, or `length` is out of range.

    Source: White et al. 2019, BANANAS (arXiv 1910.11858), which truncates to 40.
    """
    graphs = _graphs(cells, bounds)
    operations = len(graphs.bounds.operations)
    starts = np.cumsum([0, *(operations**steps for steps in range(graphs.bounds.max_vertices - 1))]).tolist()
    entries = starts[-1] if length is None else length
    if not 1 <= entries <= starts[-1]:
        raise InputError(f"length must be 1 to {starts[-1]}, got {length}")
    encoded = np.zeros((len(graphs.vertices), entries), dtype=np.uint8)
    for chosen, rows in graphs.by_matrix():
        for path in _interior_paths(rows):
            entry = np.zeros(len(chosen), dtype=np.int64)
            for vertex in path:
                entry = entry * operations + graphs.operations[chosen, vertex - 1]
            entry += starts[len(path)]
            within = entry < entries
            encoded[chosen[within], entry[within]] = 1
    return encoded


@dataclass(frozen=True)
class _Graphs:
    """N pruned cells as in `Columns`, and the bounds that give V and K."""

    vertices: npt.NDArray[np.uint8]
    adjacency: npt.NDArray[np.uint64]
    operations: Codes
    bounds: SpaceBounds

    def by_matrix(self) -> Iterable[tuple[npt.NDArray[np.int64], Rows]]:
        """Yield the positions of the cells that share a matrix, and the rows of the matrix."""
        keys = np.stack([self.vertices.astype(np.uint64), self.adjacency], axis=1)
        order = np.lexsort(keys.T)
        new = np.flatnonzero((keys[order][1:] != keys[order][:-1]).any(axis=1)) + 1
        for chosen in np.split(order, new) if len(order) else []:
            vertices = int(self.vertices[chosen[0]])
            matrix = adjacency_matrices(self.adjacency[chosen[:1]], vertices)[0]
            yield chosen, tuple((matrix.astype(np.int64) @ (1 << np.arange(vertices))).tolist())


def _graphs(cells: Cells, bounds: SpaceBounds) -> _Graphs:
    if isinstance(cells, SearchSpace):
        columns = cells.columns
        interior = max(cells.bounds.max_vertices - 2, 0)
        operations = columns.operations[:, :interior]
        return _Graphs(columns.vertices, columns.adjacency.astype(np.uint64), operations, cells.bounds)
    specs = list(cells)
    adjacency = np.zeros(len(specs), dtype=np.uint64)
    labels = np.full((len(specs), bounds.max_vertices - 2), NO_OPERATION, dtype=np.uint8)
    for position, spec in enumerate(specs):
        _, ops, rows = spec.pruned()
        if len(rows) > bounds.max_vertices:
            raise InputError(f"cell {position} has {len(rows)} vertices; the bounds allow {bounds.max_vertices}")
        labels[position, : len(rows) - 2] = operation_labels(ops, bounds.operations)[1:-1]
        pairs = zip(*(vertices.tolist() for vertices in edge_vertices(len(rows))), strict=True)
        adjacency[position] = sum((rows[source] >> target & 1) << bit for bit, (source, target) in enumerate(pairs))
    return _Graphs(np.array([len(spec.pruned().ops) for spec in specs], dtype=np.uint8), adjacency, labels, bounds)


def _interior_paths(rows: Rows) -> list[tuple[int, ...]]:
    """Return the interior vertices along each path from the first to the last vertex."""
    last = len(rows) - 1
    paths: list[tuple[int, ...]] = []
    open_paths: list[tuple[int, ...]] = [(0,)]
    while open_paths:
        path = open_paths.pop()
        for target in range(path[-1] + 1, last + 1):
            if rows[path[-1]] >> target & 1:
                if target == last:
                    paths.append(path[1:])
                else:
                    open_paths.append((*path, target))
    return paths
