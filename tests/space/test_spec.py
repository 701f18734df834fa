"""ModelSpec: pruning, value semantics and refusals."""

from __future__ import annotations

import json
import pickle
import re
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model import ModelSpec as ModelSpecOfModel
from nasbench_pytorch.space import ModelSpec, count_flops, count_parameters, named_cell
from tests.helpers.space_cells import as_graph, specs

CONV, POOL = "conv3x3-bn-relu", "maxpool3x3"
DIAMOND = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
OPS = ["input", CONV, POOL, "output"]


@given(specs())
def test_pruning_keeps_just_what_lies_on_a_path_from_input_to_output(spec: ModelSpec) -> None:
    graph = as_graph(spec.original_matrix)
    last = len(spec.original_ops) - 1
    kept = sorted((nx.descendants(graph, 0) | {0}) & (nx.ancestors(graph, last) | {last}))
    assert spec.valid_spec == nx.has_path(graph, 0, last)
    if not spec.valid_spec:
        assert spec.matrix is None
        assert spec.ops is None
        return
    assert spec.matrix is not None
    assert spec.matrix.tolist() == spec.original_matrix[np.ix_(kept, kept)].tolist()
    assert spec.ops == [spec.original_ops[v] for v in kept]


@given(specs(valid=True))
def test_pruning_twice_changes_nothing(spec: ModelSpec) -> None:
    assert spec.matrix is not None
    assert spec.ops is not None
    again = ModelSpec(spec.matrix, spec.ops)
    assert again.matrix is not None
    assert again.matrix.tolist() == spec.matrix.tolist()
    assert again.ops == spec.ops


@given(specs())
def test_repr_pickle_json_and_copy_give_the_same_cell(spec: ModelSpec) -> None:
    twins = [
        eval(repr(spec), {"ModelSpec": ModelSpec}),
        pickle.loads(pickle.dumps(spec)),
        ModelSpec.from_dict(json.loads(json.dumps(spec.to_dict()))),
    ]
    for twin in twins:
        assert twin == spec
        assert hash(twin) == hash(spec)
        assert twin.valid_spec == spec.valid_spec
        assert twin.ops == spec.ops


@given(specs(max_vertices=4), specs(max_vertices=4))
def test_cells_are_equal_when_their_arguments_are_equal(one: ModelSpec, other: ModelSpec) -> None:
    same = one.original_matrix.tolist() == other.original_matrix.tolist() and one.original_ops == other.original_ops
    assert (one == other) == same
    assert len({one, other}) == (1 if same else 2)


def test_a_cell_is_not_equal_to_something_else() -> None:
    assert ModelSpec(DIAMOND, OPS) != (DIAMOND, OPS)
    assert ModelSpec(DIAMOND, OPS) != ModelSpec(DIAMOND, ["input", POOL, CONV, "output"])


@pytest.mark.parametrize("convert", [tuple, np.array, lambda m: np.array(m, dtype=float), lambda m: np.array(m) == 1])
def test_any_array_like_of_zeros_and_ones_is_the_same_cell(convert: Any) -> None:
    spec = ModelSpec(convert(DIAMOND), OPS)
    assert spec == ModelSpec(DIAMOND, OPS)
    assert spec.original_matrix.dtype == np.int8
    assert spec.matrix is not None
    assert spec.matrix.dtype == np.int8


def test_later_changes_of_the_arguments_do_not_reach_the_cell() -> None:
    matrix, ops = np.array(DIAMOND, dtype=np.int8), list(OPS)
    spec = ModelSpec(matrix, ops)
    matrix[0, 1] = 0
    ops[1] = POOL
    assert spec == ModelSpec(DIAMOND, OPS)
    with pytest.raises(ValueError, match="read-only"):
        spec.original_matrix[0, 1] = 0


def test_both_imports_are_the_same_class_with_the_originals_signature() -> None:
    assert ModelSpecOfModel is ModelSpec
    assert ModelSpec(matrix=DIAMOND, ops=OPS, data_format="channels_first").data_format == "channels_first"


@pytest.mark.parametrize(
    ("matrix", "ops", "message"),
    [
        ([[0, 1], [0]], ["input", "output"], "matrix is ragged; give V rows of V numbers, each 0 or 1"),
        ([[0, 1, 0], [0, 0, 1]], ["input", "output"], "matrix must be square, got shape 2×3"),
        ([0, 1], ["input", "output"], "matrix must be square, got shape 2"),
        (1, ["input"], "matrix must be square, got shape of a single number"),
        ([[[0]]], ["input"], "matrix must be square, got shape 1×1×1"),
        ([[0]], ["input"], "matrix must have at least 2 vertices"),
        (np.zeros((0, 0)), [], "matrix must have at least 2 vertices"),
        ([[0, 2], [0, 0]], ["input", "output"], "matrix must hold only 0 and 1, got 2 at row 0, column 1"),
        ([[0, -1], [0, 0]], ["input", "output"], "matrix must hold only 0 and 1, got -1 at row 0, column 1"),
        ([[0, 0.5], [0, 0]], ["input", "output"], "matrix must hold only 0 and 1, got 0.5 at row 0, column 1"),
        ([[0, 257], [0, 0]], ["input", "output"], "matrix must hold only 0 and 1, got 257 at row 0, column 1"),
        ([[0, float("nan")], [0, 0]], ["input", "output"], "matrix must hold only 0 and 1, got nan"),
        ([["a", "b"], ["c", "d"]], ["input", "output"], "matrix must hold the numbers 0 and 1"),
        ([[0, 1], [1, 0]], ["input", "output"], "must be upper triangular, got an edge from vertex 1 to vertex 0"),
        ([[1, 1], [0, 0]], ["input", "output"], "must be upper triangular, got an edge from vertex 0 to vertex 0"),
        (DIAMOND, OPS[1:], "ops has 3 entries but matrix is 4×4; give one operation per vertex"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_malformed_cell_is_refused_with_the_place(matrix: Any, ops: list[str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        ModelSpec(matrix, ops)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


UNREACHABLE = "the output of this cell cannot be reached from its input; add a path between them"


@pytest.mark.parametrize(
    "use",
    [ModelSpec.hash_spec, ModelSpec.adjacency_rows, ModelSpec.visualize, count_parameters, count_flops],
)
def test_a_cell_without_a_path_is_invalid_and_refused_when_used(use: Any) -> None:
    spec = ModelSpec([[0, 1, 0], [0, 0, 0], [0, 0, 0]], ["input", CONV, "output"])
    assert not spec.valid_spec
    with pytest.raises(InputError, match=UNREACHABLE):
        use(spec)


@pytest.mark.parametrize("use", [ModelSpec.hash_spec, count_parameters, count_flops])
def test_an_unknown_operation_is_named_with_its_vertex_and_the_known_ones(use: Any) -> None:
    spec = ModelSpec(DIAMOND, ["input", CONV, "conv5x5", "output"])
    with pytest.raises(InputError, match="unknown operation 'conv5x5' at vertex 2; this space has: conv3x3-bn-relu, "):
        use(spec)


@pytest.mark.parametrize("value", [{}, {"matrix": DIAMOND}, {"ops": OPS}])
def test_a_dict_without_its_keys_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="a cell needs the keys 'matrix' and 'ops'; missing: "):
        ModelSpec.from_dict(value)


@given(specs(valid=True))
def test_the_drawing_has_the_pruned_vertices_and_edges(spec: ModelSpec) -> None:
    matrix, ops, _ = spec.pruned()
    source = spec.visualize().source
    assert source.count("[label=") == len(ops)
    assert source.count("->") == int(matrix.sum())


def test_the_drawing_is_a_graphviz_graph() -> None:
    graphviz = pytest.importorskip("graphviz")
    drawing = named_cell("inception").spec.visualize()
    assert isinstance(drawing, graphviz.Digraph)
    assert "3 -> 4" in drawing.source
    assert 'label="conv1x1-bn-relu"' in drawing.source


@given(st.data())
def test_canonical_operations_give_the_labels(data: st.DataObject) -> None:
    spec = data.draw(specs(valid=True))
    order = data.draw(st.permutations(("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")))
    renamed = dict(zip(order, ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"), strict=True))
    twin = ModelSpec(spec.original_matrix, [renamed.get(op, op) for op in spec.original_ops])
    assert spec.hash_spec(canonical_ops=order) == twin.hash_spec()


def test_a_hash_that_would_take_seconds_to_hours_is_refused() -> None:
    size = 129
    chain = np.eye(size, k=1, dtype=np.int8)
    names = ["input", *["conv3x3-bn-relu"] * (size - 2), "output"]
    with pytest.raises(InputError, match="only cells of at most 128 vertices have a hash, this one has 129"):
        ModelSpec(chain, names).hash_spec()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "a cell must be an object with the keys 'matrix' and 'ops', got list"),
        ({"matrix": {}, "ops": []}, "matrix must be a list of rows"),
        ({"matrix": [[0, 1], [0, 0]], "ops": 3}, "ops must be a list, got 3"),
        ({"matrix": [[0, 1], [0, 0]], "ops": ["input", None]}, "ops[1] must be a text, got None"),
    ],
)
def test_a_cell_from_json_of_another_shape_names_the_field(value: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        ModelSpec.from_dict(value)
