"""Moves by position against moves of specs: the same cells, with the same frequencies."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from nasbench_pytorch.search import Candidates
from nasbench_pytorch.search.compiled.cells import CompiledCells, compiled_cells
from nasbench_pytorch.search.compiled.draws import POSITION, draw_cell, sampler_number, set_cell
from nasbench_pytorch.search.compiled.generator import random_state
from nasbench_pytorch.search.compiled.moves import change_one_parameter, flip_at_random, move_to_neighbour
from nasbench_pytorch.space import (
    ModelSpec,
    SearchSpace,
    decoded_cell,
    enumerate_cells,
    matrix_of_encoding_a,
    matrix_of_encoding_b,
    matrix_of_encoding_c,
    mutate_notebook,
    neighbour_rows,
    sample_random_matrix,
)
from nasbench_pytorch.space.encodings_abc import ENCODED_OPERATIONS
from nasbench_pytorch.space.mutation import edited, one_edits
from nasbench_pytorch.space.sampling import padded


def assert_same_distribution(first: list[int], second: list[int]) -> None:
    """Fail if two samples of positions, as many in each, differ more than by chance (p < .001)."""
    both = [Counter(first), Counter(second)]
    common = [cell for cell, count in (both[0] + both[1]).items() if count >= 20]
    table = [[counts[cell] for cell in common] for counts in both]
    rest = [len(sample) - sum(row) for sample, row in zip((first, second), table, strict=True)]
    table = [[*row, other] if any(rest) else row for row, other in zip(table, rest, strict=True)]
    assert len(table[0]) > 5
    assert chi2_contingency(np.array(table)).pvalue > 0.001


@pytest.fixture(scope="module")
def space() -> SearchSpace:
    return enumerate_cells()


@pytest.fixture(scope="module")
def cells(space: SearchSpace) -> CompiledCells:
    return compiled_cells(Candidates(space))


def moved(move: Callable[..., None], cells: CompiledCells, parent: int, count: int, *rates: float) -> list[int]:
    """Return the positions after moves from one cell."""
    random, before, after = random_state(np.random.default_rng(3)), np.zeros(4, np.int64), np.zeros(4, np.int64)
    set_cell(cells, parent, before)
    found = []
    for _ in range(count):
        move(cells, before, *rates, random, after)
        found.append(int(after[POSITION]))
    return found


def test_a_move_to_a_neighbour_reaches_each_neighbour_equally_often(small_candidates: Candidates) -> None:
    cells, random, child = (
        compiled_cells(small_candidates, True),
        random_state(np.random.default_rng(0)),
        np.zeros(4, np.int64),
    )
    for parent in (7, 1000, 2000):
        expected = neighbour_rows(small_candidates.space, small_candidates.spec(parent))
        found = []
        for _ in range(100 * len(expected)):
            move_to_neighbour(cells, parent, random, child)
            found.append(int(child[POSITION]))
        counts = np.array([Counter(found)[cell] for cell in expected])
        assert counts.sum() == len(found)
        deviation = ((counts - 100) ** 2 / 100).sum() - (len(expected) - 1)
        assert deviation < 4 * np.sqrt(2 * len(expected))


def test_every_cell_moves_to_all_its_neighbours_and_no_other(small_candidates: Candidates) -> None:
    space, cells = small_candidates.space, compiled_cells(small_candidates, True)
    random, child = random_state(np.random.default_rng(0)), np.zeros(4, np.int64)
    for parent in range(0, len(space), 25):
        expected = neighbour_rows(space, space[parent])
        if len(expected) > 100:
            continue
        found = set()
        for _ in range(14 * len(expected) + 60):
            move_to_neighbour(cells, parent, random, child)
            found.add(int(child[POSITION]))
        assert found == set(expected)


def test_flips_have_the_distribution_of_the_notebooks_mutation(space: SearchSpace, cells: CompiledCells) -> None:
    rng, parent = np.random.default_rng(5), 12345
    by_spec = [space.index_of(mutate_notebook(space, space[parent], rng)) for _ in range(3000)]
    assert_same_distribution(moved(flip_at_random, cells, parent, 3000, 1 / 7, 1 / 5), by_spec)


def test_one_parameter_changes_as_one_edit_of_the_padded_spec(space: SearchSpace, cells: CompiledCells) -> None:
    """Each edge with probability 1/26, each of an operation's two others with 1/52; invalid where edges exceed 9."""
    for parent in (12345, 4000):
        matrix, ops = padded(space, space[parent])
        chances: dict[int, float] = defaultdict(float)
        for edit in one_edits(space, ops):
            child = edited(matrix, ops, edit)
            valid = child.valid_spec and child.original_matrix.sum() <= 9
            chances[space.index_of(child) if valid else -1] += 1 if isinstance(edit[1], int) else 0.5
        found = Counter(moved(change_one_parameter, cells, parent, 5200))
        assert set(found) == set(chances)
        assert sum((found[cell] - 200 * share) ** 2 / (200 * share) for cell, share in chances.items()) < 2.2 * len(
            chances
        )


def drawn_by_spec(space: SearchSpace, sampler: str, rng: np.random.Generator) -> int:
    operations = [ENCODED_OPERATIONS[number] for number in rng.integers(3, size=5)]
    if sampler == "notebook":
        return space.index_of(sample_random_matrix(space, rng))
    if sampler == "encoding_a":
        matrix = matrix_of_encoding_a(rng.integers(2, size=21))
    elif sampler == "encoding_b":
        matrix = matrix_of_encoding_b(rng.integers(21, size=9))
    else:
        matrix = matrix_of_encoding_c(rng.random(21), int(rng.integers(10)))
    cell = decoded_cell(matrix, operations)
    return -1 if cell is None else space.index_of(cell)


@pytest.mark.parametrize("sampler", ["notebook", "encoding_a", "encoding_b", "encoding_c"])
def test_samplers_have_the_distribution_of_their_definition(
    space: SearchSpace, cells: CompiledCells, sampler: str
) -> None:
    random, draw, rng = random_state(np.random.default_rng(8)), np.zeros(4, np.int64), np.random.default_rng(9)
    found = []
    for _ in range(4000):
        draw_cell(cells, sampler_number(sampler), random, draw)
        found.append(int(draw[POSITION]))
    assert_same_distribution(found, [drawn_by_spec(space, sampler, rng) for _ in range(4000)])


def test_naszillas_flips_are_the_notebooks_with_a_third_of_the_edges(small_candidates: Candidates) -> None:
    """The same code with other probabilities: against single flips of a matrix."""
    space, cells, rng = small_candidates.space, compiled_cells(small_candidates), np.random.default_rng(2)
    parent = 1500
    matrix, ops = padded(space, space[parent])
    sources, destinations = np.triu_indices(5, 1)
    by_spec: list[int] = []
    while len(by_spec) < 4000:
        changed, new_ops = matrix.copy(), list(ops)
        changed[sources, destinations] ^= rng.random(10) < 1 / 10
        for vertex in range(1, 4):
            if rng.random() < 1 / 3:
                new_ops[vertex] = rng.choice([name for name in space.bounds.operations if name != ops[vertex]])
        spec = ModelSpec(changed, new_ops)
        if spec.valid_spec and spec in space:
            by_spec.append(space.index_of(spec))
    assert_same_distribution(moved(flip_at_random, cells, parent, 4000, 1 / 10, 1 / 3), by_spec)
