from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import (
    CANONICAL_OPERATIONS,
    ModelSpec,
    SearchSpace,
    count_flops,
    count_parameters,
    enumerate_cells,
)
from tests.helpers.space_references import isomorphic, labelled_graphs, reference_hash


def test_the_counts_are_those_of_the_original(space: SearchSpace, golden: dict[str, Any]) -> None:
    assert len(space) == golden["unique_cells"]
    for column, counts in (("vertices", "unique_by_vertices"), ("edges", "unique_by_edges")):
        numbers, found = np.unique(getattr(space.columns, column), return_counts=True)
        assert dict(zip(map(str, numbers.tolist()), found.tolist(), strict=True)) == golden[counts]


def test_the_hashes_are_those_of_the_original(space: SearchSpace, golden: dict[str, Any]) -> None:
    text = "\n".join(space.hashes())
    assert hashlib.sha256(text.encode()).hexdigest() == golden["sha256_of_sorted_hashes_joined_by_newline"]


def line_of(hash_hex: str, spec: ModelSpec) -> str:
    assert spec.matrix is not None
    assert spec.ops is not None
    digits = spec.matrix.tobytes().translate(bytes([48, 49]) + bytes(254)).decode()
    return f"{hash_hex} {digits} {','.join(spec.ops)}"


def test_two_cells_are_the_graphs_that_the_original_meets_first(space: SearchSpace, golden: dict[str, Any]) -> None:
    for row, line in ((0, "first_line"), (100_000, "line_100000")):
        assert line_of(space.hash_at(row), space[row]) == golden[line]


@pytest.mark.slow
def test_each_cell_is_the_graph_that_the_original_meets_first(space: SearchSpace, golden: dict[str, Any]) -> None:
    text = "\n".join(line_of(hash_hex, spec) for hash_hex, spec in zip(space.hashes(), space, strict=True))
    assert hashlib.sha256(text.encode()).hexdigest() == golden["sha256_of_lines_hash_adjacency_operations"]


@pytest.mark.parametrize("max_edges", [3, 5, 9])
def test_small_spaces_equal_plain_loops_over_all_labelled_graphs(max_edges: int) -> None:
    first_met: dict[str, tuple[Any, Any]] = {}
    for matrix, labels in labelled_graphs(5, max_edges):
        first_met.setdefault(reference_hash(matrix, labels), (matrix, labels))
    space = enumerate_cells(max_vertices=5, max_edges=max_edges, cache=False)
    assert space.hashes() == sorted(first_met)
    for hash_hex, spec in zip(space.hashes(), space, strict=True):
        matrix, labels = first_met[hash_hex]
        assert spec.original_matrix.tolist() == matrix
        assert spec.original_ops[1:-1] == [CANONICAL_OPERATIONS[label] for label in labels]


@pytest.mark.parametrize(("max_vertices", "max_edges"), [(2, 9), (4, 9), (6, 5), (7, 7)])
def test_a_space_of_smaller_bounds_is_a_subset(space: SearchSpace, max_vertices: int, max_edges: int) -> None:
    smaller = enumerate_cells(max_vertices, max_edges, cache=False)
    columns = space.columns
    assert smaller.hashes() == space.subset((columns.vertices <= max_vertices) & (columns.edges <= max_edges)).hashes()


def test_parameters_and_flops_are_those_of_the_spec(space: SearchSpace, rng: np.random.Generator) -> None:
    for row in rng.choice(len(space), size=2_000, replace=False).tolist():
        assert space.columns.trainable_parameters[row] == count_parameters(space[row])
        assert space.columns.flops[row] == count_flops(space[row])


def test_the_known_extremes_of_the_parameters(space: SearchSpace) -> None:
    assert space.columns.trainable_parameters.min() == 227_274
    assert space.columns.trainable_parameters.max() == 49_979_274


def test_one_thread_and_many_give_the_same(small_space: SearchSpace) -> None:
    assert enumerate_cells(max_vertices=5, cache=False, threads=1).checksum == small_space.checksum


def test_no_hash_of_the_space_is_shared_by_cells_that_differ(space: SearchSpace) -> None:
    assert space.merged == 0


def test_other_bounds_and_operations_work_and_are_verified() -> None:
    operations = (*CANONICAL_OPERATIONS, "identity", "bottleneck3x3")
    five = enumerate_cells(5, 9, operations, cache=False, verify_isomorphism=True)
    three = enumerate_cells(5, 9, cache=False)
    assert set(three.hashes()) < set(five.hashes())
    for row in range(0, len(five), 97):
        assert five[row].hash_spec(operations) == five.hash_at(row)
        assert five.columns.trainable_parameters[row] == count_parameters(five[row])


TWINS = (
    "01001000 00110000 00010000 00000001 00000110 00000010 00000001 00000000",
    "01100000 00010010 00001100 00001000 00000001 00000010 00000001 00000000",
)
"""Cells of 8 vertices and 10 edges that are not isomorphic, but that no refinement of neighbourhoods tells apart."""


def twin(text: str) -> ModelSpec:
    return ModelSpec([[int(digit) for digit in row] for row in text.split()], ["input", *["maxpool3x3"] * 6, "output"])


def test_beyond_the_bounds_of_the_benchmark_hashes_collide_and_that_is_found_out() -> None:
    first, second = map(twin, TWINS)
    assert not isomorphic(first, second)
    assert first.hash_spec() == second.hash_spec()
    space = enumerate_cells(8, 10, ("maxpool3x3",), cache=False)
    assert space.merged == 1
    assert len(space) == 12_498
    assert space.index_of(first) == space.index_of(second)
    assert space.index_of(first) == space.index_of(first.hash_spec(("maxpool3x3",)))
    with pytest.raises(InputError, match="1 cells are not isomorphic to an earlier one that has the same hash"):
        enumerate_cells(8, 10, ("maxpool3x3",), cache=False, verify_isomorphism=True)


def test_eight_vertices_and_nine_edges_have_no_collision() -> None:
    space = enumerate_cells(8, 9, ("maxpool3x3",), cache=False, verify_isomorphism=True)
    for row in range(0, len(space), 97):
        assert space[row].hash_spec(("maxpool3x3",)) == space.hash_at(row)
        assert space.index_of(space[row]) == row
