"""`nasbench.lib.graph_util`: the cases of the original's own tests, and properties on any digraph."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.lib import graph_util
from nasbench_pytorch.space import CANONICAL_OPERATIONS, named_cell


@st.composite
def labelled_graphs(draw: st.DrawFn, most: int = 6) -> tuple[np.ndarray, list[Any]]:
    size = draw(st.integers(1, most))
    bits = draw(st.lists(st.integers(0, 1), min_size=size * size, max_size=size * size))
    labels = draw(st.lists(st.sampled_from([-2, -1, 0, 1, "conv", 2.5]), min_size=size, max_size=size))
    return np.array(bits).reshape(size, size), labels


def reference_hash(matrix: np.ndarray, labels: list[Any]) -> str:
    """The rule of the hash, on a networkx graph."""
    graph = nx.from_numpy_array(matrix, create_using=nx.DiGraph)

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    hashes = {v: md5(f"({graph.out_degree(v)}, {graph.in_degree(v)}, {labels[v]!r})") for v in graph}
    for _ in range(len(labels)):
        hashes = {
            v: md5(
                "".join(sorted(hashes[w] for w in graph.predecessors(v)))
                + "|"
                + "".join(sorted(hashes[w] for w in graph.successors(v)))
                + "|"
                + hashes[v]
            )
            for v in graph
        }
    return md5(str(sorted(hashes.values())))


def test_bits_fill_the_upper_triangle_column_by_column() -> None:
    edges = graph_util.gen_is_edge_fn(0b111001)
    matrix = np.fromfunction(edges, (4, 4), dtype=np.int8)
    assert matrix.tolist() == [[0, 1, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]


def test_leading_zero_bits_leave_the_last_vertices_without_edges() -> None:
    matrix = np.fromfunction(graph_util.gen_is_edge_fn(0b11), (4, 4), dtype=np.int8)
    assert matrix.sum() == 2
    assert not matrix[:, 3].any()


@given(bits=st.integers(0, (1 << 21) - 1), size=st.integers(2, 7))
def test_every_edge_has_one_bit(bits: int, size: int) -> None:
    matrix = np.fromfunction(graph_util.gen_is_edge_fn(bits), (size, size), dtype=np.int8)
    assert graph_util.num_edges(matrix) == (bits & ((1 << size * (size - 1) // 2) - 1)).bit_count()


@pytest.mark.parametrize(
    ("rows", "full"),
    [
        ("0111 0010 0001 0000", True),
        ("0110 0001 0001 0000", True),
        ("01 00", True),
        ("0100 0001 0001 0000", False),  # vertex 2 has no incoming edge
        ("0111 0000 0001 0000", False),  # vertex 1 has no outgoing edge
        ("00 00", False),
    ],
)
def test_a_full_dag_has_no_vertex_without_an_edge(rows: str, full: bool) -> None:
    assert graph_util.is_full_dag(np.array([[int(digit) for digit in row] for row in rows.split()])) is full


@settings(deadline=None)
@given(labelled_graphs())
def test_the_hash_follows_its_rule_for_any_digraph(graph: tuple[np.ndarray, list[Any]]) -> None:
    assert graph_util.hash_module(*graph) == reference_hash(*graph)


@settings(deadline=None)
@given(labelled_graphs(), st.randoms(use_true_random=False))
def test_renumbered_graphs_share_a_hash_and_are_isomorphic(graph: tuple[np.ndarray, list[Any]], random: Any) -> None:
    matrix, labels = graph
    permutation = list(range(len(labels)))
    random.shuffle(permutation)
    renumbered = graph_util.permute_graph(matrix, labels, permutation)
    assert graph_util.hash_module(*renumbered) == graph_util.hash_module(matrix, labels)
    assert graph_util.is_isomorphic(graph, renumbered)
    for v, w in itertools.product(range(len(labels)), repeat=2):
        assert renumbered[0][permutation[v], permutation[w]] == matrix[v, w]
        assert renumbered[1][permutation[v]] == labels[v]


@settings(deadline=None, max_examples=200)
@given(labelled_graphs(4), labelled_graphs(4))
def test_isomorphism_is_networkxs(first: tuple[np.ndarray, list[Any]], second: tuple[np.ndarray, list[Any]]) -> None:
    def as_networkx(matrix: np.ndarray, labels: list[Any]) -> nx.DiGraph:
        graph = nx.from_numpy_array(matrix, create_using=nx.DiGraph)
        nx.set_node_attributes(graph, dict(enumerate(labels)), "label")
        return graph

    expected = nx.is_isomorphic(
        as_networkx(*first), as_networkx(*second), node_match=lambda a, b: a["label"] == b["label"]
    )
    assert graph_util.is_isomorphic(first, second) == expected


def test_edge_and_label_changes_are_no_isomorphisms() -> None:
    matrix = np.array([[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]])
    other = np.array([[0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]])
    labels = [-1, 0, 0, -2]
    assert not graph_util.is_isomorphic((matrix, labels), (other, labels))
    assert not graph_util.is_isomorphic((matrix, labels), (matrix, [-1, 0, 1, -2]))
    assert graph_util.is_isomorphic((matrix, [-1, 0, 1, -2]), (matrix, [-1, 1, 0, -2]))


def test_numpy_labels_hash_as_python_ones() -> None:
    matrix = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    assert graph_util.hash_module(matrix, np.array([-1, 0, -2])) == graph_util.hash_module(matrix, [-1, 0, -2])


def test_the_hash_of_a_cell_is_its_specs() -> None:
    cell = named_cell("inception").spec.pruned()
    labels = [-1, *[CANONICAL_OPERATIONS.index(name) for name in cell.ops[1:-1]], -2]
    assert graph_util.hash_module(cell.matrix, labels) == named_cell("inception").spec.hash_spec()


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(InputError, match="matrix must be square, got shape 2×3"):
        graph_util.hash_module(np.zeros((2, 3)), [0, 1])
    with pytest.raises(InputError, match="2 vertices, but there are 3 labels"):
        graph_util.hash_module(np.zeros((2, 2)), [0, 1, 2])
    with pytest.raises(InputError, match="each of 0 to 1 once"):
        graph_util.permute_graph(np.zeros((2, 2)), [0, 1], [0, 0])
