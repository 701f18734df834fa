"""The hash against brute force: networkx decides what is isomorphic."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest

from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec, SearchSpace
from tests.helpers.space_references import isomorphic, labelled_graphs


@pytest.mark.slow
def test_no_two_cells_of_at_most_five_vertices_are_isomorphic(small_space: SearchSpace) -> None:
    groups = defaultdict(list)
    for spec in small_space:
        assert spec.ops is not None
        assert spec.matrix is not None
        # Cells that differ in one of these are not isomorphic; networkx checks every other pair.
        groups[len(spec.ops), int(spec.matrix.sum()), tuple(sorted(spec.ops))].append(spec)
    pairs = [pair for group in groups.values() for pair in itertools.combinations(group, 2)]
    assert len(pairs) > 10_000
    assert not any(isomorphic(first, second) for first, second in pairs)


def test_labelled_graphs_of_one_hash_are_isomorphic(small_space: SearchSpace) -> None:
    seen = 0
    for matrix, labels in labelled_graphs(5):
        spec = ModelSpec(matrix, ["input", *(CANONICAL_OPERATIONS[label] for label in labels), "output"])
        assert isomorphic(spec, small_space[small_space.index_of(spec.hash_spec())])
        seen += 1
    assert seen == 3_364
