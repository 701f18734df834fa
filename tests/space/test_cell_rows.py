"""Rows of cells without a hash: the hash of the same spec is the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec, SearchSpace
from nasbench_pytorch.space.cell_rows import NASBENCH101_CELLS, CellRows, cell_rows
from nasbench_pytorch.space.enumeration.row_index import RowIndex, compute_index, read_index
from tests.helpers.space_cells import specs


@pytest.fixture(scope="module")
def rows() -> CellRows:
    found = cell_rows()
    assert found is not None
    return found


def renumbered(spec: ModelSpec, order: list[int]) -> ModelSpec:
    """Return the same cell with its vertices in another order, as far as edges still lead forward."""
    matrix, ops, _ = spec.pruned()
    size, rank = len(ops), {vertex: order[vertex % len(order)] for vertex in range(len(ops))}
    left, ordered = set(range(1, size - 1)), [0]
    while left:
        free = [vertex for vertex in left if not any(matrix[other, vertex] for other in left)]
        ordered.append(min(free, key=lambda vertex: (rank[vertex], vertex)))
        left.remove(ordered[-1])
    ordered.append(size - 1)
    return ModelSpec(matrix[np.ix_(ordered, ordered)], [ops[vertex] for vertex in ordered])


def test_the_shipped_index_is_the_enumerations(space: SearchSpace) -> None:
    shipped, computed = read_index(), compute_index(space)
    assert shipped is not None
    for name in RowIndex._fields:
        ours, theirs = getattr(shipped, name), getattr(computed, name)
        assert ours.dtype == theirs.dtype, name
        assert np.array_equal(ours, theirs), name


def test_every_cell_of_the_space_has_its_row(space: SearchSpace, rows: CellRows) -> None:
    assert len(space) == NASBENCH101_CELLS
    step = 211  # 2,008 cells of all sizes
    assert [rows.find(space[row]) for row in range(0, len(space), step)] == list(range(0, len(space), step))
    assert rows.are_rows_of(space.columns.hash)
    assert not rows.are_rows_of(space.columns.hash[::-1])
    assert not rows.are_rows_of(space.columns.hash[:100])


@settings(max_examples=300)
@given(spec=specs(max_vertices=8, valid=True), order=st.permutations(range(8)))
def test_a_row_is_that_of_the_hash(space: SearchSpace, rows: CellRows, spec: ModelSpec, order: list[int]) -> None:
    """Cells that need pruning, cells beyond the bounds, and every numbering."""
    expected = space.find(spec.hash_spec())
    assert rows.find(spec) == expected
    assert rows.find(renumbered(spec, order)) == expected


@pytest.mark.parametrize(
    ("matrix", "ops"),
    [
        ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv5x5", "output"]),
        (np.triu(np.ones((6, 6), int), 1), ["input", *["maxpool3x3"] * 4, "output"]),  # 15 edges
        (np.eye(9, k=1, dtype=int), ["input", *["maxpool3x3"] * 7, "output"]),
        (np.eye(200, k=1, dtype=int), ["input", *["maxpool3x3"] * 198, "output"]),
    ],
)
def test_a_cell_outside_has_no_row(rows: CellRows, matrix: Any, ops: list[str]) -> None:
    assert rows.find(ModelSpec(matrix, ops)) is None


def test_a_disconnected_cell_is_refused_as_by_the_hash(rows: CellRows) -> None:
    spec = ModelSpec([[0, 0], [0, 0]], ["input", "output"])
    with pytest.raises(InputError, match="cannot be reached") as by_hash:
        spec.hash_spec()
    with pytest.raises(InputError) as by_row:
        rows.find(spec)
    assert str(by_row.value) == str(by_hash.value)


def test_a_spec_with_a_hash_of_its_own_has_no_row(rows: CellRows) -> None:
    class Reversed(ModelSpec):
        def hash_spec(self, canonical_ops: Any = CANONICAL_OPERATIONS) -> str:
            return super().hash_spec(canonical_ops)[::-1]

    class Plain(ModelSpec):
        pass

    cell = ([[0, 1], [0, 0]], ["input", "output"])
    assert rows.find(Reversed(*cell)) is None
    assert rows.find(Plain(*cell)) == rows.find(ModelSpec(*cell)) is not None


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 half", b"no archive"])
def test_a_missing_or_damaged_index_only_costs_speed(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "row_index.npz"
    if content is not None:
        path.write_bytes(content)
    assert read_index(path) is None
