"""Functions on any labelled directed graph, as the original's `graph_util` has them.

Cells are acyclic and small; these functions also take graphs with cycles, self-loops and any labels. For cells,
`ModelSpec.hash_spec` is faster.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError

LabelledGraph = tuple[npt.ArrayLike, Sequence[Any]]
"""An adjacency matrix and a label for each vertex."""


def gen_is_edge_fn(bits: int) -> Callable[..., npt.NDArray[np.int64]]:
    """Return a vectorized function (x, y) → 1 where an integer's bits hold the edge x→y, else 0.

    Edge x→y with x < y is bit x + y(y − 1)/2, so the same bits describe the same edges in a matrix of any size.

    Args:
        bits: non-negative integer.
    """

    def is_edge(source: int, destination: int) -> int:
        if source >= destination:
            return 0
        return bits >> int(source + destination * (destination - 1) // 2) & 1

    return np.vectorize(is_edge, otypes=[np.int64])


def is_full_dag(matrix: npt.ArrayLike) -> bool:
    """Return whether every vertex but the last has an outgoing edge and every vertex but the first an incoming one.

    In an upper-triangular matrix every vertex then lies on a path from the first vertex to the last.
    """
    edges = np.asarray(matrix) != 0
    return bool(edges[:-1].any(axis=1).all() and edges[:, 1:].any(axis=0).all())


def num_edges(matrix: npt.ArrayLike) -> int:
    """Return the number of edges of a 0/1 matrix."""
    return int(np.sum(np.asarray(matrix)))


def is_upper_triangular(matrix: npt.ArrayLike) -> bool:
    """Return whether the matrix is 0 on and below its diagonal."""
    return not np.tril(np.asarray(matrix)).any()


def hash_module(matrix: npt.ArrayLike, labeling: Sequence[Any] | npt.NDArray[Any]) -> str:
    """Return the original's isomorphism-invariant hash of a directed graph, 32 hex digits.

    Args:
        matrix: V×V adjacency matrix, row = source; cycles and self-loops are allowed.
        labeling: V labels; their `repr` enters the hash. A numpy scalar counts as the Python value that it holds.

    Raises:
        InputError: the matrix is not square or the labels have another length.

    Source: `hash_module` of google-research/nasbench, `lib/graph_util.py`.
    """
    array = _square(matrix, len(labeling))
    out_degrees, in_degrees = array.sum(axis=1).tolist(), array.sum(axis=0).tolist()
    sources = [np.flatnonzero(column).tolist() for column in array.T]
    destinations = [np.flatnonzero(row).tolist() for row in array]
    # numpy 2 prints its scalars as np.int64(1), which would change the hash.
    labels = [label.item() if isinstance(label, np.generic) else label for label in labeling]
    hashes = [_md5(str(vertex)) for vertex in zip(out_degrees, in_degrees, labels, strict=True)]
    for _ in range(len(hashes)):
        hashes = [
            _md5(f"{_sorted_text(hashes, sources[v])}|{_sorted_text(hashes, destinations[v])}|{hashes[v]}")
            for v in range(len(hashes))
        ]
    return _md5(str(sorted(hashes)))


def permute_graph(
    graph: npt.ArrayLike, label: Sequence[Any], permutation: Sequence[int]
) -> tuple[npt.NDArray[np.int8], list[Any]]:
    """Renumber the vertices of a graph.

    Args:
        graph: V×V adjacency matrix.
        label: V labels.
        permutation: new number of every vertex: vertex v becomes vertex `permutation[v]`.

    Returns:
        The new matrix (int8) and labels.

    Raises:
        InputError: the permutation is not one of 0 … V − 1, or lengths differ.
    """
    array = _square(graph, len(label))
    if sorted(permutation) != list(range(len(label))):
        raise InputError(f"permutation must hold each of 0 to {len(label) - 1} once, got {list(permutation)}")
    old_number = np.argsort(np.asarray(permutation, dtype=np.intp))
    renumbered = (array[np.ix_(old_number, old_number)] == 1).astype(np.int8)
    return renumbered, [label[old] for old in old_number.tolist()]


def is_isomorphic(graph1: LabelledGraph, graph2: LabelledGraph) -> bool:
    """Return whether a renumbering of the vertices turns one labelled graph into the other.

    Vertices are matched one after the other, only where label, degrees and the edges to the vertices matched before
    agree, which is fast for graphs of the size of cells.

    Args:
        graph1: (matrix, labels).
        graph2: (matrix, labels).

    Raises:
        InputError: a matrix is not square, or its labels have another length.
    """
    (matrix1, labels1), (matrix2, labels2) = graph1, graph2
    first, second = _square(matrix1, len(labels1)), _square(matrix2, len(labels2))
    if first.shape != second.shape:
        return False
    kinds1, kinds2 = _vertex_kinds(first, labels1), _vertex_kinds(second, labels2)
    matched: list[int] = []

    def extend() -> bool:
        vertex = len(matched)
        if vertex == len(kinds1):
            return True
        for candidate in range(len(kinds2)):
            if candidate in matched or kinds1[vertex] != kinds2[candidate]:
                continue
            if all(
                first[vertex, other] == second[candidate, partner]
                and first[other, vertex] == second[partner, candidate]
                for other, partner in enumerate(matched)
            ):
                matched.append(candidate)
                if extend():
                    return True
                matched.pop()
        return False

    return extend()


def _square(matrix: npt.ArrayLike, labels: int) -> npt.NDArray[np.int64]:
    array = np.asarray(matrix)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise InputError(f"matrix must be square, got shape {'×'.join(map(str, array.shape))}")
    if array.shape[0] != labels:
        raise InputError(
            f"matrix has {array.shape[0]} vertices, but there are {labels} labels; give one for each vertex"
        )
    return array.astype(np.int64)


def _vertex_kinds(array: npt.NDArray[np.int64], labels: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Label, degrees and self-loop of every vertex: matching vertices have the same."""
    degrees = zip(array.sum(axis=1).tolist(), array.sum(axis=0).tolist(), np.diag(array).tolist(), strict=True)
    return [(label, *numbers) for label, numbers in zip(labels, degrees, strict=True)]


def _sorted_text(hashes: list[str], vertices: list[int]) -> str:
    return "".join(sorted(hashes[vertex] for vertex in vertices))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
