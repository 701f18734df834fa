from __future__ import annotations

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import (
    ModelSpec,
    SearchSpace,
    crossover,
    mutate_notebook,
    mutate_one_edit,
    neighbours,
    sample_uniform,
    select_where,
)
from nasbench_pytorch.space.sampling import padded


def edits_between(space: SearchSpace, parent: ModelSpec, child: ModelSpec) -> tuple[int, int]:
    """Count the edges and the operations of the padded specs that differ."""
    matrix, ops = padded(space, parent)
    changed = sum(a != b for a, b in zip(ops, child.original_ops, strict=True))
    return int((matrix != child.original_matrix).sum()), changed


def test_the_notebooks_mutation_edits_as_often_as_its_rate_says(space: SearchSpace, rng: np.random.Generator) -> None:
    # The two-vertex cell plus any edges stays valid nearly always at this low rate, so hardly any draw is rejected.
    parent = ModelSpec([[0, 1], [0, 0]], ["input", "output"])
    edits = np.array([edits_between(space, parent, mutate_notebook(space, parent, rng, 0.4)) for _ in range(3_000)])
    assert edits[:, 0].mean() == pytest.approx(21 * 0.4 / 7, abs=0.1)
    assert edits[:, 1].mean() == pytest.approx(0.4, abs=0.05)


def test_a_mutation_of_rate_zero_changes_nothing(space: SearchSpace, rng: np.random.Generator) -> None:
    for _ in range(20):
        parent = sample_uniform(space, rng)
        assert space.index_of(mutate_notebook(space, parent, rng, 0.0)) == space.index_of(parent)
    with pytest.raises(InputError, match=r"mutation_rate must be 0 to 5, got 5\.5"):
        mutate_notebook(space, parent, rng, 5.5)


def test_one_edit_is_one_edit_to_another_cell(space: SearchSpace, rng: np.random.Generator) -> None:
    for _ in range(200):
        parent = sample_uniform(space, rng)
        child = mutate_one_edit(space, parent, rng)
        assert sum(edits_between(space, parent, child)) == 1
        assert space.index_of(child) != space.index_of(parent)
        assert space[space.index_of(child)] in neighbours(space, parent)


def test_edits_that_pruning_undoes_are_taken_where_they_are_allowed(
    space: SearchSpace, rng: np.random.Generator
) -> None:
    parent = ModelSpec([[0, 1], [0, 0]], ["input", "output"])
    children = [mutate_one_edit(space, parent, rng, allow_same_cell=True) for _ in range(50)]
    assert all(space.index_of(child) == space.index_of(parent) for child in children)
    assert all(sum(edits_between(space, parent, child)) == 1 for child in children)
    with pytest.raises(InputError, match="none of the 31 one-edit mutations of this cell is another of the 423,624"):
        mutate_one_edit(space, parent, rng)


def test_every_one_edit_child_is_equally_likely(space: SearchSpace, rng: np.random.Generator) -> None:
    parent = ModelSpec([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "maxpool3x3", "output"])
    children = [mutate_one_edit(space, parent, rng) for _ in range(3_000)]
    cells, counts = np.unique([space.index_of(child) for child in children], return_counts=True)
    # Two operations, two edges that leave the input-output cell, and the edge that leaves the plain chain: 2 of 5.
    assert len(cells) == 4
    assert sorted(counts.tolist()) == pytest.approx([600, 600, 600, 1_200], abs=120)


def test_a_child_of_crossover_has_every_gene_from_a_parent(space: SearchSpace, rng: np.random.Generator) -> None:
    for _ in range(200):
        first, second = sample_uniform(space, rng), sample_uniform(space, rng)
        child = crossover(space, first, second, rng)
        (matrix, ops), (other_matrix, other_ops) = padded(space, first), padded(space, second)
        assert child in space
        assert ((child.original_matrix == matrix) | (child.original_matrix == other_matrix)).all()
        for name, one, other in zip(child.original_ops, ops, other_ops, strict=True):
            assert name in (one, other)


def test_crossover_of_a_cell_with_itself_is_that_cell(space: SearchSpace, rng: np.random.Generator) -> None:
    parent = sample_uniform(space, rng)
    assert space.index_of(crossover(space, parent, parent, rng)) == space.index_of(parent)


def test_no_move_ever_leaves_the_subset(space: SearchSpace, rng: np.random.Generator) -> None:
    subset = select_where(space, "edges<=8 and maxpool3x3<=1")
    cell = sample_uniform(subset, rng)
    for _ in range(100):
        other = sample_uniform(subset, rng)
        for move in (mutate_notebook, mutate_one_edit):
            child = move(subset, cell, rng)
            assert child in subset
        assert crossover(subset, cell, other, rng) in subset
        cell = child


def test_a_subset_that_no_move_reaches_is_an_error(space: SearchSpace, rng: np.random.Generator) -> None:
    parent, other = space[0], space[1]
    lonely = space.subset(np.array([2]))
    with pytest.raises(InputError, match="none of 50 mutations is among the 1 cells"):
        mutate_notebook(lonely, parent, rng, max_tries=50)
    with pytest.raises(InputError, match="none of 50 crossovers is among the 1 cells"):
        crossover(lonely, parent, other, rng, max_tries=50)
    with pytest.raises(InputError, match="none of the 31 one-edit mutations"):
        mutate_one_edit(lonely, space[2], rng)


def test_the_same_seed_makes_the_same_moves(space: SearchSpace) -> None:
    walks = []
    for _ in range(2):
        rng, cell = np.random.default_rng(8), space[7]
        for _ in range(20):
            cell = crossover(space, mutate_notebook(space, cell, rng), mutate_one_edit(space, cell, rng), rng)
        walks.append(cell)
    assert walks[0] == walks[1]
