"""Moves by position against moves of specs: the same cells, with the same frequencies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare

from nasbench_pytorch.search import Candidates
from nasbench_pytorch.search.algorithms.regularized_evolution import RegularizedEvolution, Variant
from nasbench_pytorch.search.compiled.cells import CompiledCells, compiled_cells
from nasbench_pytorch.search.compiled.draws import POSITION, draw_cell, sampler_number
from nasbench_pytorch.search.compiled.evolution import Rules
from nasbench_pytorch.search.compiled.generator import random_state
from nasbench_pytorch.search.compiled.moves import change_one_parameter, flip_at_random, move_to_neighbour
from nasbench_pytorch.space import (
    CANONICAL_OPERATIONS,
    SearchSpace,
    decoded_cell,
    enumerate_cells,
    matrix_of_encoding_a,
    matrix_of_encoding_b,
    matrix_of_encoding_c,
    sample_random_matrix,
)
from nasbench_pytorch.space.encodings_abc import ENCODED_OPERATIONS
from tests.helpers.search_moves_of_specs import (
    Cell,
    cell_of,
    flip_chances,
    neighbours_of,
    neighbours_of_all,
    one_parameter_chances,
    padded,
)
from tests.helpers.search_moves_of_specs import flip_at_random as flip_by_spec


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


def packed(cell: Cell) -> np.ndarray:
    """Return a padded cell as the moves take it; its position is not looked at."""
    matrix, ops = cell
    edges = sum(1 << u + w * (w - 1) // 2 for u, w in np.argwhere(np.array(matrix)).tolist())
    labels = sum(CANONICAL_OPERATIONS.index(name) << 8 * place for place, name in enumerate(ops[1:-1]))
    return np.array([-1, edges, labels, 0], np.int64)


def moved(move: Callable[..., None], cells: CompiledCells, parent: Cell, count: int, *rates: float) -> Counter[int]:
    """Return the positions after moves from a padded cell, and how often each was reached."""
    random, before, after = random_state(np.random.default_rng(3)), packed(parent), np.zeros(4, np.int64)
    found: Counter[int] = Counter()
    for _ in range(count):
        move(cells, before, *rates, random, after)
        found[int(after[POSITION])] += 1
    return found


def neighbours_reached(cells: CompiledCells, parent: int, count: int) -> Counter[int]:
    random, child = random_state(np.random.default_rng(0)), np.zeros(4, np.int64)
    found: Counter[int] = Counter()
    for _ in range(count):
        move_to_neighbour(cells, parent, random, child)
        found[int(child[POSITION])] += 1
    return found


def assert_chances(found: Counter[int], chances: dict[int, float]) -> None:
    """Fail if positions were reached that have no chance, or with other frequencies than by chance (p < .001)."""
    assert set(found) <= set(chances)
    assert sum(chances.values()) == pytest.approx(1)
    expected = {row: chance * found.total() for row, chance in chances.items()}
    common = [row for row in expected if expected[row] >= 5]
    observed, wanted = [found[row] for row in common], [expected[row] for row in common]
    rest = found.total() - sum(wanted)
    if rest > 1:
        observed, wanted = [*observed, found.total() - sum(observed)], [*wanted, rest]
    assert len(observed) > 5
    assert chisquare(observed, np.array(wanted) * sum(observed) / sum(wanted)).pvalue > 0.001


@pytest.fixture(scope="module")
def expected(small_space: SearchSpace) -> list[set[int]]:
    """Return the neighbours of each of the 2,532 cells of at most 5 vertices, by plain loops over specs."""
    return neighbours_of_all(small_space)


@pytest.fixture(scope="module")
def small_cells(small_candidates: Candidates) -> CompiledCells:
    return compiled_cells(small_candidates, True)


def test_the_neighbours_by_index_are_those_by_spec(small_cells: CompiledCells, expected: list[set[int]]) -> None:
    offsets, rows = small_cells.offsets, small_cells.neighbours
    by_index = [rows[offsets[cell] : offsets[cell + 1]].tolist() for cell in range(len(expected))]
    assert by_index == [sorted(neighbours) for neighbours in expected]


def test_a_move_reaches_all_neighbours_and_no_other_cell(
    small_cells: CompiledCells, some_candidates: Candidates, expected: list[set[int]]
) -> None:
    """Of a part of the cells, too, where only those that may be proposed are reached."""
    part = compiled_cells(some_candidates, True)
    for parent in range(0, len(expected), 25):
        count = 14 * len(expected[parent]) + 60
        if count < 1500:
            allowed = {cell for cell in expected[parent] if some_candidates.allowed[cell]}
            assert set(neighbours_reached(small_cells, parent, count)) == expected[parent]
            assert set(neighbours_reached(part, parent, count)) == allowed


@pytest.mark.parametrize("parent", [18000, 92000, 124000, 222000])
def test_a_move_reaches_each_neighbour_equally_often(space: SearchSpace, parent: int) -> None:
    """Cells of NAS-Bench-101 with 6, 6, 5 and 7 vertices and 15 to 193 neighbours."""
    neighbours = neighbours_of(space, cell_of(space[parent]))
    found = neighbours_reached(compiled_cells(Candidates(space), True), parent, 50 * len(neighbours))
    assert set(found) == neighbours
    assert_chances(found, dict.fromkeys(neighbours, 1 / len(neighbours)))


UNPRUNED: Cell = (
    tuple(
        tuple(int((u, w) in {(0, 1), (0, 2), (1, 6), (2, 3), (0, 4), (4, 5), (5, 6), (1, 4)}) for w in range(7))
        for u in range(7)
    ),
    ("input", *[CANONICAL_OPERATIONS[number] for number in (0, 1, 2, 2, 1)], "output"),
)
"""A cell of 7 vertices, of which pruning removes two and two edges."""


def parents(space: SearchSpace) -> list[Cell]:
    return [padded(cell_of(space[12345]), 7), padded(cell_of(space[124000]), 7), UNPRUNED]


def test_a_change_of_one_parameter_reaches_what_it_reaches_in_a_spec(
    small_space: SearchSpace, small_cells: CompiledCells
) -> None:
    for row in range(0, len(small_space), 4):
        parent = padded(cell_of(small_space[row]), 5)
        chances = one_parameter_chances(small_space, parent)
        assert set(moved(change_one_parameter, small_cells, parent, 300)) == set(chances)


def test_one_parameter_changes_as_often_as_in_a_spec(space: SearchSpace, cells: CompiledCells) -> None:
    for parent in parents(space):
        assert_chances(moved(change_one_parameter, cells, parent, 5200), one_parameter_chances(space, parent))


@pytest.mark.parametrize(("variant", "flips"), [("notebook", 3), ("naszilla", 1)])
def test_flips_are_as_often_as_in_a_spec(
    variant: Variant, flips: int, space: SearchSpace, cells: CompiledCells
) -> None:
    """With the variant's own probabilities: so many of 21 edges on average, and one of 5 operations."""
    rules = RegularizedEvolution(Candidates(space), variant=variant)._rules
    assert isinstance(rules, Rules)
    assert (rules.edge_probability, rules.operation_probability) == pytest.approx((flips / 21, 1 / 5))
    rng = np.random.default_rng(5)
    for parent in parents(space):
        found = moved(flip_at_random, cells, parent, 1500, rules.edge_probability, rules.operation_probability)
        by_spec = [flip_by_spec(space, parent, flips / 21, 1 / 5, rng) for _ in range(1500)]
        assert_same_distribution(list(found.elements()), by_spec)


@pytest.mark.parametrize(("edge", "operation"), [(1 / 4, 1 / 2), (1 / 6, 1 / 2), (0.05, 0.9)])
def test_flips_have_the_chances_of_all_matrices_and_operations(edge: float, operation: float) -> None:
    """Among the 91 cells of at most 4 vertices, where the chances can be summed."""
    space = enumerate_cells(max_vertices=4)
    cells = compiled_cells(Candidates(space))
    for row in (0, 40, 77):
        parent = padded(cell_of(space[row]), 4)
        found = moved(flip_at_random, cells, parent, 4000, edge, operation)
        chances = flip_chances(space, parent, edge, operation)
        assert_chances(found, chances)
        assert {cell for cell, chance in chances.items() if chance > 0.005} <= set(found)


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
