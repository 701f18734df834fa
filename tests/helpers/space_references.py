"""Straightforward references that share no code with the package."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator

import networkx as nx

from nasbench_pytorch.space import ModelSpec
from tests.helpers.space_cells import as_graph

Matrix = list[list[int]]


def relabelled(spec: ModelSpec, order: list[int]) -> ModelSpec:
    """Return the same cell with its interior vertices in another topological order.

    `order` ranks the interior vertices; a vertex goes as early as its predecessors allow, ties broken by rank.
    """
    pruned, ops, _ = spec.pruned()
    size = len(ops)
    placed, waiting = [0], set(range(1, size - 1))
    while waiting:
        free = [v for v in waiting if all(u in placed for u in range(size) if pruned[u, v])]
        placed.append(min(free, key=lambda v: order[v - 1]))
        waiting.discard(placed[-1])
    placed.append(size - 1)
    matrix = [[int(pruned[u, v]) for v in placed] for u in placed]
    return ModelSpec(matrix, [ops[v] for v in placed])


def labelled_graphs(max_vertices: int, max_edges: int = 9) -> Iterator[tuple[Matrix, tuple[int, ...]]]:
    """Yield every labelled graph that the original's script looks at, in the script's order, by plain loops."""
    for size in range(2, max_vertices + 1):
        for bits in range(2 ** (size * (size - 1) // 2)):
            matrix = [[int(x < y and bits >> (x + y * (y - 1) // 2) & 1) for y in range(size)] for x in range(size)]
            edges = sum(map(sum, matrix))
            full = all(any(row) for row in matrix[:-1]) and all(any(column) for column in list(zip(*matrix))[1:])  # noqa: B905
            if full and edges <= max_edges:
                for labels in itertools.product(range(3), repeat=size - 2):
                    yield matrix, labels


def reference_hash(matrix: Matrix, labels: tuple[int, ...]) -> str:
    """Return the hash, step by step as the paper's appendix and the original define it."""
    size = len(matrix)
    all_labels = [-1, *labels, -2]

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    digests = []
    for v in range(size):
        out_degree, in_degree = sum(matrix[v]), sum(row[v] for row in matrix)
        digests.append(md5(str((out_degree, in_degree, all_labels[v]))))
    for _ in range(size):
        digests = [
            md5(
                "".join(sorted(digests[u] for u in range(size) if matrix[u][v]))
                + "|"
                + "".join(sorted(digests[w] for w in range(size) if matrix[v][w]))
                + "|"
                + digests[v]
            )
            for v in range(size)
        ]
    return md5(str(sorted(digests)))


def isomorphic(first: ModelSpec, second: ModelSpec) -> bool:
    """Return whether networkx finds an isomorphism of the pruned cells that keeps the operations."""
    graphs = as_graph(first.matrix, first.ops), as_graph(second.matrix, second.ops)
    return bool(nx.is_isomorphic(*graphs, node_match=lambda a, b: a["op"] == b["op"]))
