from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec, SearchSpace, neighbour_rows, neighbours
from tests.helpers.space_cells import as_graph


def edited_cells(spec: ModelSpec) -> list[ModelSpec]:
    """Return the results of one edit of a pruned cell, by networkx: add an edge either way, remove one, replace an
    operation."""
    graph, found = as_graph(spec.matrix, spec.ops), []
    last = graph.number_of_nodes() - 1
    for source, target in itertools.permutations(range(last + 1), 2):
        changed = graph.copy()
        if changed.has_edge(source, target):
            changed.remove_edge(source, target)
        else:
            changed.add_edge(source, target)
        found.append(changed)
    for vertex, name in itertools.product(range(1, last), CANONICAL_OPERATIONS):
        changed = graph.copy()
        changed.nodes[vertex]["op"] = name
        found.append(changed)
    specs = []
    for changed in found:
        if nx.is_directed_acyclic_graph(changed) and not changed.in_edges(0) and not changed.out_edges(last):
            # Vertices without predecessors may come before the input or after the output; pruning removes them.
            interior = [vertex for vertex in nx.topological_sort(changed) if vertex not in (0, last)]
            order = [0, *interior, last]
            matrix = nx.to_numpy_array(changed, nodelist=order, dtype=np.int8)
            specs.append(ModelSpec(matrix, [changed.nodes[vertex]["op"] for vertex in order]))
    return [spec for spec in specs if spec.valid_spec]


@pytest.mark.slow
def test_cells_are_neighbours_when_one_edit_of_either_gives_the_other(small_space: SearchSpace) -> None:
    reached = [
        {small_space.find(cell) for cell in edited_cells(spec)} - {row, None} for row, spec in enumerate(small_space)
    ]
    expected: list[set[int | None]] = [set(rows) for rows in reached]
    for row, rows in enumerate(reached):
        for other in rows:
            assert other is not None
            expected[other].add(row)
    for row, spec in enumerate(small_space):
        assert set(neighbour_rows(small_space, spec)) == expected[row]


def test_the_neighbourhood_is_symmetric(space: SearchSpace, rng: np.random.Generator) -> None:
    for row in rng.choice(len(space), size=40).tolist():
        rows = neighbour_rows(space, space[row])
        assert row not in rows
        assert rows == sorted(set(rows))
        for other in rng.choice(rows, size=3).tolist():
            assert row in neighbour_rows(space, space.hash_at(other))


def test_neighbours_in_a_subset_are_those_that_are_in_it(space: SearchSpace, rng: np.random.Generator) -> None:
    subset = space.subset(space.columns.edges <= 7)
    for row in rng.choice(len(subset), size=20).tolist():
        everywhere = neighbours(space, subset[row])
        assert neighbours(subset, subset[row]) == [cell for cell in everywhere if cell in subset]


def test_a_cell_outside_the_subset_has_neighbours_in_it(small_space: SearchSpace) -> None:
    others = small_space.subset(small_space.columns.vertices >= 3)
    trivial = ModelSpec([[0, 1], [0, 0]], ["input", "output"])
    assert trivial not in others
    assert len(neighbours(others, trivial)) == len(neighbours(small_space, trivial)) > 0


def test_a_cell_outside_the_bounds_is_refused(small_space: SearchSpace, space: SearchSpace) -> None:
    large = space[int(np.flatnonzero(space.columns.vertices == 7)[0])]
    with pytest.raises(InputError, match="is not within the bounds of"):
        neighbour_rows(small_space, large)
    with pytest.raises(InputError, match="is not among the 2,532 cells"):
        neighbour_rows(small_space, "0" * 32)
