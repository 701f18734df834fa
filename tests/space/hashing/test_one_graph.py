"""The hash of a cell: the original's digits, and the same for every numbering of the vertices."""

from __future__ import annotations

import hashlib

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.space import ModelSpec, named_cell
from tests.helpers.space_cells import as_graph, specs


def relabelled(spec: ModelSpec, data: st.DataObject) -> ModelSpec:
    """The same pruned cell with its vertices in another topological order."""
    graph = as_graph(spec.matrix)
    last = len(graph) - 1
    order: list[int] = []
    while len(order) < len(graph):
        ready = [v for v in graph if v not in order and all(u in order for u in graph.predecessors(v))]
        if len(order) < last:
            ready = [v for v in ready if v != last]
        order.append(data.draw(st.sampled_from(ready)))
    assert spec.matrix is not None
    assert spec.ops is not None
    return ModelSpec(spec.matrix[np.ix_(order, order)], [spec.ops[v] for v in order])


@given(specs(valid=True), st.data())
def test_isomorphic_cells_share_a_hash(spec: ModelSpec, data: st.DataObject) -> None:
    assert relabelled(spec, data).hash_spec() == spec.hash_spec()


@given(specs(max_vertices=5, valid=True), specs(max_vertices=5, valid=True))
def test_cells_of_up_to_five_vertices_share_a_hash_only_if_they_are_isomorphic(one: ModelSpec, two: ModelSpec) -> None:
    assert one.ops is not None
    assert two.ops is not None
    isomorphic = nx.is_isomorphic(
        as_graph(one.matrix, one.ops), as_graph(two.matrix, two.ops), node_match=lambda a, b: a["op"] == b["op"]
    )
    assert (one.hash_spec() == two.hash_spec()) == isomorphic


@given(specs(valid=True), st.data())
def test_vertices_off_every_path_do_not_change_the_hash(spec: ModelSpec, data: st.DataObject) -> None:
    """Insert a vertex before the output that any others feed and that feeds none."""
    size = len(spec.original_ops)
    matrix = np.zeros((size + 1, size + 1), dtype=int)
    old = [*range(size - 1), size]
    matrix[np.ix_(old, old)] = spec.original_matrix
    matrix[: size - 1, size - 1] = data.draw(st.lists(st.integers(0, 1), min_size=size - 1, max_size=size - 1))
    ops = [*spec.original_ops[:-1], "maxpool3x3", "output"]
    assert ModelSpec(matrix, ops).hash_spec() == spec.hash_spec()


@given(specs(valid=True))
def test_the_hash_is_the_md5_refinement_written_out(spec: ModelSpec) -> None:
    """Write out the rule on networkx."""

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    assert spec.ops is not None
    graph = as_graph(spec.matrix)
    names = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"]
    labels = [-1, *(names.index(op) for op in spec.ops[1:-1]), -2]
    hashes = {v: md5(str((graph.out_degree(v), graph.in_degree(v), labels[v]))) for v in graph}
    for _ in graph:
        into = {v: "".join(sorted(hashes[u] for u in graph.predecessors(v))) for v in graph}
        out = {v: "".join(sorted(hashes[w] for w in graph.successors(v))) for v in graph}
        hashes = {v: md5(f"{into[v]}|{out[v]}|{hashes[v]}") for v in graph}
    assert spec.hash_spec() == md5(str(sorted(hashes.values())))


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        ("inception", "28cfc7874f6d200472e1a9dcd8650aa0"),
        ("inception-resnet", "8990de2aa6c16c245b66f633938a95e3"),
        ("resnet20", "b5fb4f6193360330b6ff6a52cbf0cad7"),
        ("best", "02e5a0247bbdcf2860b7e96f74961594"),
    ],
)
def test_named_cells_have_the_originals_hash(name: str, digits: str) -> None:
    assert named_cell(name).spec.hash_spec() == digits
