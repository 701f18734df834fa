from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import (
    CANONICAL_OPERATIONS,
    NAMED_CELLS,
    ModelSpec,
    SearchSpace,
    SpaceBounds,
    adjacency_one_hot,
    graph_tensors,
    operation_counts,
    path_encoding,
)
from tests.helpers.space_cells import as_graph

PATHS = [path for length in range(6) for path in product(range(3), repeat=length)]


@pytest.fixture(scope="module")
def rows(space: SearchSpace) -> np.ndarray:
    return np.random.default_rng(4).choice(len(space), size=300, replace=False)


def test_a_space_is_encoded_like_its_specs(space: SearchSpace, rows: np.ndarray) -> None:
    cells = [space[row] for row in rows.tolist()]
    subset, order = space.subset(rows), np.argsort(rows)
    for encode in (adjacency_one_hot, operation_counts, path_encoding):
        assert (encode(subset) == encode(cells)[order]).all()
    for of_space, of_specs in zip(graph_tensors(subset), graph_tensors(cells), strict=True):
        assert (of_space == of_specs[order]).all()


def test_graph_tensors_give_the_cell_back(space: SearchSpace, rows: np.ndarray) -> None:
    subset = space.subset(rows)
    adjacency, operations = graph_tensors(subset)
    assert adjacency.shape == (300, 7, 7)
    assert operations.shape == (300, 7, 5)
    names = ["input", "output", *CANONICAL_OPERATIONS]
    for row, (matrix, one_hot) in enumerate(zip(adjacency, operations, strict=True)):
        present = np.flatnonzero(one_hot.any(axis=1))
        ops = [names[entry] for entry in one_hot[present].argmax(axis=1)]
        assert ModelSpec(matrix[np.ix_(present, present)], ops) == subset[row]
        assert matrix.sum() == subset.columns.edges[row]


def test_adjacency_one_hot_has_edges_then_operations() -> None:
    cell = ModelSpec([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "conv1x1-bn-relu", "output"])
    code = adjacency_one_hot([cell])
    assert code.shape == (1, 36)
    edges = dict(zip([(u, w) for u in range(7) for w in range(u + 1, 7)], code[0, :21].tolist(), strict=True))
    assert {edge for edge, present in edges.items() if present} == {(0, 1), (0, 6), (1, 6)}
    assert code[0, 21:].reshape(5, 3).tolist() == [[0, 1, 0], *[[0, 0, 0]] * 4]


def test_operations_are_counted(space: SearchSpace, rows: np.ndarray) -> None:
    subset = space.subset(rows)
    for spec, counts in zip(subset, operation_counts(subset).tolist(), strict=True):
        assert spec.ops is not None
        assert counts == [spec.ops.count(name) for name in CANONICAL_OPERATIONS]


def test_paths_are_those_that_networkx_finds(space: SearchSpace, rows: np.ndarray) -> None:
    subset = space.subset(rows)
    code = path_encoding(subset)
    assert code.shape == (300, 364)
    for spec, bits in zip(subset, code, strict=True):
        graph = as_graph(spec.matrix, spec.ops)
        walks = nx.all_simple_paths(graph, 0, graph.number_of_nodes() - 1)
        expected = {tuple(CANONICAL_OPERATIONS.index(graph.nodes[v]["op"]) for v in walk[1:-1]) for walk in walks}
        assert {PATHS[entry] for entry in np.flatnonzero(bits)} == expected


def test_a_truncated_path_encoding_is_the_beginning_of_the_exact_one(space: SearchSpace, rows: np.ndarray) -> None:
    subset = space.subset(rows)
    for length in (1, 13, 40, 364):
        assert (path_encoding(subset, length=length) == path_encoding(subset)[:, :length]).all()
    for length in (0, 365):
        with pytest.raises(InputError, match=f"length must be 1 to 364, got {length}"):
            path_encoding(subset, length=length)


def test_numbering_changes_no_path() -> None:
    first = ModelSpec(
        [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]], ["input", *CANONICAL_OPERATIONS[:2], "output"]
    )
    second = ModelSpec(first.original_matrix, ["input", *CANONICAL_OPERATIONS[1::-1], "output"])
    codes = path_encoding([first, second])
    assert (codes[0] == codes[1]).all()


def test_cells_beyond_the_bounds_are_refused() -> None:
    bounds = SpaceBounds(max_vertices=5)
    with pytest.raises(InputError, match="cell 0 has 7 vertices; the bounds allow 5"):
        graph_tensors([NAMED_CELLS["best"].spec], bounds)
    with pytest.raises(InputError, match="unknown operation 'bottleneck3x3' at vertex 1"):
        operation_counts([NAMED_CELLS["resnet50"].spec])


def test_no_cells_are_no_rows(small_space: SearchSpace) -> None:
    empty = small_space.subset([])
    assert path_encoding(empty).shape == (0, 1 + 3 + 9 + 27)
    assert adjacency_one_hot([]).shape == (0, 36)
