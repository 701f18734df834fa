from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import (
    ModelSpec,
    SearchSpace,
    sample_distinct,
    sample_random_matrix,
    sample_uniform,
    select_where,
)
from nasbench_pytorch.space.sampling import padded


def test_uniform_samples_are_uniform_over_cells(small_space: SearchSpace, rng: np.random.Generator) -> None:
    few = small_space.subset(np.arange(20))
    counts = Counter(few.index_of(sample_uniform(few, rng)) for _ in range(4_000))
    assert len(counts) == 20
    chi_squared = sum((count - 200) ** 2 / 200 for count in counts.values())
    assert chi_squared < 43.8  # 0.1 % of chance at 19 degrees of freedom


def test_distinct_samples_are_distinct(small_space: SearchSpace, rng: np.random.Generator) -> None:
    cells = sample_distinct(small_space, 500, rng)
    assert len({small_space.index_of(cell) for cell in cells}) == 500
    everything = sample_distinct(small_space, len(small_space), rng)
    assert sorted(cell.hash_spec() for cell in everything) == small_space.hashes()
    with pytest.raises(InputError, match="cannot draw 2,533 different cells from 2,532"):
        sample_distinct(small_space, 2_533, rng)


def test_random_matrices_are_drawn_as_the_notebook_draws_them(space: SearchSpace, rng: np.random.Generator) -> None:
    drawn = [sample_random_matrix(space, rng) for _ in range(1_500)]
    assert all(cell in space and cell.original_matrix.shape == (7, 7) for cell in drawn)
    found = Counter(len(cell.ops or ()) for cell in drawn)
    plain = Counter(len(cell.ops or ()) for cell in _notebook_specs(np.random.default_rng(3), 1_500))
    for size in range(2, 7):
        spread = 4 * np.sqrt(plain[size] + found[size])
        assert abs(found[size] - plain[size]) < spread + 1


def _notebook_specs(rng: np.random.Generator, count: int) -> list[ModelSpec]:
    """Draw as the notebook does, in plain code: any 7×7 0/1 matrix, kept if its pruned cell is within bounds."""
    specs: list[ModelSpec] = []
    while len(specs) < count:
        matrix = np.triu(rng.choice([0, 1], size=(7, 7)), 1)
        spec = ModelSpec(matrix, ["input", *rng.choice(["maxpool3x3"], size=5).tolist(), "output"])
        if spec.matrix is not None and spec.matrix.sum() <= 9:
            specs.append(spec)
    return specs


def test_the_same_seed_draws_the_same_cells(space: SearchSpace) -> None:
    for draw in (sample_uniform, sample_random_matrix):
        first, second = ([draw(space, rng) for _ in range(20)] for rng in map(np.random.default_rng, (5, 5)))
        assert first == second


def test_samples_of_a_subset_are_in_it(space: SearchSpace, rng: np.random.Generator) -> None:
    subset = select_where(space, "maxpool3x3=0 and vertices<6")
    for draw in (sample_uniform, sample_random_matrix):
        assert all(draw(subset, rng) in subset for _ in range(50))


def test_a_subset_that_is_never_hit_is_an_error(space: SearchSpace, rng: np.random.Generator) -> None:
    rare = space.subset(np.array([0]))
    with pytest.raises(InputError, match="none of 200 random matrices is among the 1 cells of the space; use a larger"):
        sample_random_matrix(rare, rng, max_tries=200)


def test_nothing_is_drawn_from_an_empty_space(small_space: SearchSpace, rng: np.random.Generator) -> None:
    empty = small_space.subset([])
    for draw in (sample_uniform, sample_random_matrix):
        with pytest.raises(InputError, match="the space is empty; use a weaker filter"):
            draw(empty, rng)


def test_padding_changes_no_cell(space: SearchSpace, rng: np.random.Generator) -> None:
    for row in rng.choice(len(space), size=200).tolist():
        matrix, ops = padded(space, space[row])
        assert matrix.shape == (7, 7)
        assert space.index_of(ModelSpec(matrix, ops)) == row


def test_a_cell_that_is_too_large_only_before_pruning_is_pruned(small_space: SearchSpace) -> None:
    matrix = np.zeros((9, 9), dtype=np.int8)
    matrix[0, 3] = matrix[3, 8] = 1
    cell = ModelSpec(matrix, ["input", *["conv1x1-bn-relu"] * 7, "output"])
    smaller, ops = padded(small_space, cell)
    assert smaller.shape == (5, 5)
    assert small_space.index_of(ModelSpec(smaller, ops)) == small_space.index_of(cell)
    matrix[0, 1:8] = matrix[1:8, 8] = 1
    with pytest.raises(InputError, match="the cell has 9 vertices; those of the space have at most 5"):
        padded(small_space, ModelSpec(matrix, ["input", *["conv1x1-bn-relu"] * 7, "output"]))
