"""Random specs for hypothesis, and straightforward references that share no code with the package."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator

import networkx as nx
from hypothesis import strategies as st

from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec

Matrix = list[list[int]]


@st.composite
def specs(draw: st.DrawFn, max_vertices: int = 7, valid: bool = True) -> ModelSpec:
    """Any spec, not bounded in edges; `valid` ones have a path from input to output."""
    size = draw(st.integers(2, max_vertices))
    matrix = [[0] * size for _ in range(size)]
    for source, target in itertools.combinations(range(size), 2):
        matrix[source][target] = draw(st.integers(0, 1))
    if valid:
        stops = sorted(draw(st.sets(st.integers(1, size - 2)))) if size > 2 else []
        for source, target in itertools.pairwise([0, *stops, size - 1]):
            matrix[source][target] = 1
    ops = draw(st.lists(st.sampled_from(CANONICAL_OPERATIONS), min_size=size - 2, max_size=size - 2))
    return ModelSpec(matrix, ["input", *ops, "output"])


def relabelled(spec: ModelSpec, order: list[int]) -> ModelSpec:
    """The same cell with its interior vertices in another order; edges may not point backwards, so sort by depth first.

    `order` ranks the interior vertices; a vertex goes as early as its predecessors allow, ties broken by rank.
    """
    assert spec.matrix is not None
    assert spec.ops is not None
    size = len(spec.ops)
    placed, waiting = [0], set(range(1, size - 1))
    while waiting:
        free = [v for v in waiting if all(u in placed for u in range(size) if spec.matrix[u, v])]
        placed.append(min(free, key=lambda v: order[v - 1]))
        waiting.discard(placed[-1])
    placed.append(size - 1)
    matrix = [[int(spec.matrix[u, v]) for v in placed] for u in placed]
    return ModelSpec(matrix, [spec.ops[v] for v in placed])


def labelled_graphs(max_vertices: int, max_edges: int = 9) -> Iterator[tuple[Matrix, tuple[int, ...]]]:
    """Every labelled graph that the original's script looks at, in its order, by its own plain loops."""
    for size in range(2, max_vertices + 1):
        for bits in range(2 ** (size * (size - 1) // 2)):
            matrix = [[int(x < y and bits >> (x + y * (y - 1) // 2) & 1) for y in range(size)] for x in range(size)]
            edges = sum(map(sum, matrix))
            full = all(any(row) for row in matrix[:-1]) and all(any(column) for column in list(zip(*matrix))[1:])  # noqa: B905
            if full and edges <= max_edges:
                for labels in itertools.product(range(3), repeat=size - 2):
                    yield matrix, labels


def reference_hash(matrix: Matrix, labels: tuple[int, ...]) -> str:
    """The hash, step by step as the paper's appendix and the original define it."""
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


def as_networkx(spec: ModelSpec) -> nx.DiGraph:
    """A pruned cell as a networkx graph, operations as node attributes."""
    assert spec.matrix is not None
    assert spec.ops is not None
    graph = nx.DiGraph()
    for vertex, name in enumerate(spec.ops):
        graph.add_node(vertex, op=name)
    graph.add_edges_from((u, v) for u in range(len(spec.ops)) for v in range(len(spec.ops)) if spec.matrix[u, v])
    return graph


def isomorphic(first: ModelSpec, second: ModelSpec) -> bool:
    """Whether networkx finds an isomorphism that keeps the operations."""
    return bool(nx.is_isomorphic(as_networkx(first), as_networkx(second), node_match=lambda a, b: a["op"] == b["op"]))
