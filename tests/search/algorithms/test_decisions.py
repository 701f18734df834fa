"""What each algorithm decides, against what its source says."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import Budget, Candidates, Observation, SearchAlgorithm, make_algorithm
from nasbench_pytorch.search.algorithms.local_search import LocalSearch
from nasbench_pytorch.search.algorithms.regularized_evolution import RegularizedEvolution
from nasbench_pytorch.search.algorithms.reinforce import Reinforce
from nasbench_pytorch.space import ModelSpec, neighbour_rows
from nasbench_pytorch.space.packed_cells import unpacked_spec
from tests.helpers.search_objectives import made_up_objective


def values_of(candidates: Candidates) -> np.ndarray:
    return np.random.default_rng(4).random(len(candidates.space))


def step(algorithm: SearchAlgorithm, values: np.ndarray) -> int:
    proposal = algorithm.ask()
    algorithm.tell(proposal, Observation(float(values[proposal.position]), 1.0))
    return proposal.position


def test_local_search_moves_to_the_first_better_neighbour_and_repeats_nothing(small_candidates: Candidates) -> None:
    space, values = small_candidates.space, values_of(small_candidates)
    search = LocalSearch(small_candidates, neighbourhood="one_edit", starts=10)
    seen: list[int] = []
    while len(seen) < 1500:
        starts = [step(search, values) for _ in range(10)]
        seen += starts
        current = max(starts, key=lambda position: values[position])
        while untried := [row for row in neighbour_rows(space, space[current]) if row not in seen]:
            position = step(search, values)
            assert position in untried
            seen.append(position)
            if values[position] > values[current]:
                current = position
    assert len(set(seen)) == len(seen)


def naszilla_neighbours(candidates: Candidates, spec: ModelSpec) -> set[int]:
    """Other operations of vertices on a path, and edges that are on a path before or after their flip."""

    def on_a_path(matrix: np.ndarray) -> list[int]:
        reach = np.linalg.matrix_power(np.eye(len(matrix), dtype=int) + matrix, len(matrix)) > 0
        return [v for v in range(len(matrix)) if reach[0, v] and reach[v, -1]] if reach[0, -1] else []

    matrix, ops = np.array(spec.original_matrix, dtype=int), spec.original_ops
    found: list[ModelSpec] = []
    for vertex in on_a_path(matrix)[1:-1]:
        others = ([*ops[:vertex], name, *ops[vertex + 1 :]] for name in candidates.space.bounds.operations)
        found.extend(ModelSpec(matrix, changed_ops) for changed_ops in others)
    for source, target in zip(*np.triu_indices(len(matrix), 1), strict=True):
        changed = matrix.copy()
        changed[source, target] ^= 1
        if {source, target} <= set(on_a_path(matrix if matrix[source, target] else changed)):
            found.append(ModelSpec(changed, ops))
    return {candidates.position_of(child) for child in found} - {-1}


def test_local_search_tries_the_edits_of_the_unpruned_cell(small_candidates: Candidates) -> None:
    """All cells are equally good, so that every start is a minimum whose whole neighbourhood is tried."""
    search, seen = LocalSearch(small_candidates, starts=1), set()
    for _ in range(12):
        start = step(search, np.full(len(small_candidates.space), 0.5))
        cell = unpacked_spec(small_candidates.space.bounds, *search._state.pending[1:3].tolist())
        seen.add(start)
        expected = naszilla_neighbours(small_candidates, cell) - seen
        tried = {step(search, np.full(len(small_candidates.space), 0.5)) for _ in expected}
        assert tried == expected
        seen |= tried


def test_aging_kills_the_oldest_and_the_best_of_a_tournament_has_the_child(small_candidates: Candidates) -> None:
    """A tournament of the whole population without replacement: the parent is the best of the youngest 20."""
    space, values = small_candidates.space, values_of(small_candidates)
    search = RegularizedEvolution(small_candidates, variant="notebook", population=20, tournament=20)
    history = [step(search, values) for _ in range(20)]
    for _ in range(60):
        best = max(history[-20:], key=lambda position: values[position])
        member = next(row for row in search._state.members if row[0] == best)
        assert search._state.counts[1] == 20
        history.append(step(search, values))
        assert space.index_of(unpacked_spec(space.bounds, *member[1:].tolist())) == best


def test_naszillas_population_grows_from_10_different_cells_to_29(small_candidates: Candidates) -> None:
    search, values = RegularizedEvolution(small_candidates, variant="naszilla"), values_of(small_candidates)
    first = [step(search, values) for _ in range(10)]
    assert len(set(first)) == 10
    sizes = []
    for _ in range(25):
        step(search, values)
        sizes.append(int(search._state.counts[1]))
    assert sizes == [*range(11, 30), *[29] * 6]


def test_invalid_children_join_the_population_of_nas_benchmarks(small_candidates: Candidates) -> None:
    search = RegularizedEvolution(small_candidates, variant="nas_benchmarks", population=5, tournament=1)
    invalid = 0
    for _ in range(200):
        proposal = search.ask()
        known = proposal.position >= 0
        search.tell(proposal, Observation(0.9, 1.0) if known else Observation(0.0, 0.0, False))
        if not known:
            assert proposal.spec is not None
            spec = proposal.spec
            assert not spec.valid_spec or spec.original_matrix.sum() > 9 or spec not in small_candidates.space
            invalid += 1
            assert 0.0 in search._state.fitness
    assert invalid > 10


@pytest.mark.parametrize(
    ("name", "settings", "rungs"),
    [
        ("successive_halving", {}, [[(4, 27), (12, 9), (36, 3), (108, 1)]]),
        (
            "hyperband",
            {},
            [[(4, 27), (12, 9), (36, 3), (108, 1)], [(12, 9), (36, 3), (108, 1)], [(36, 6), (108, 2)], [(108, 4)]],
        ),
        (
            "hyperband",
            {"sizes": "paper"},
            [[(4, 27), (12, 9), (36, 3), (108, 1)], [(12, 12), (36, 4), (108, 1)], [(36, 6), (108, 2)], [(108, 4)]],
        ),
        ("successive_halving", {"eta": 2, "min_epochs": 1, "max_epochs": 4}, [[(1, 4), (2, 2), (4, 1)]]),
    ],
)
def test_the_best_of_a_rung_are_trained_with_the_next_budget(
    name: str, settings: dict[str, Any], rungs: list[list[tuple[int, int]]], small_candidates: Candidates
) -> None:
    algorithm = make_algorithm(name, small_candidates, 0, settings)
    values = values_of(small_candidates)
    for bracket in (*rungs, *rungs):
        promoted: list[int] | None = None
        for epochs, size in bracket:
            positions = []
            for _ in range(size):
                proposal = algorithm.ask()
                assert proposal.epochs == epochs
                algorithm.tell(proposal, Observation(float(values[proposal.position]), 1.0))
                positions.append(proposal.position)
            if promoted is not None:
                best = sorted(promoted, key=lambda position: -values[position])[:size]
                assert positions == [position for position in promoted if position in best]
            promoted = positions


def test_reinforce_follows_the_gradient_of_the_log_probability(small_candidates: Candidates) -> None:
    """Against a numerical gradient of the log-softmax, with the baseline of the script that it comes from."""
    search = Reinforce(small_candidates, learning_rate=0.5)
    rewards, logits = [0.5, 0.9, 0.7, 0.0005], np.zeros((10, 2))
    numerator = denominator = 0.0
    for reward in rewards:
        proposal = search.ask()
        drawn = [int(search._state.pending[1]) >> edge & 1 for edge in range(10)]
        search.tell(proposal, Observation(reward, 1.0))
        if reward > 0.001:
            numerator, denominator = 0.9 * numerator + 0.1 * reward, 0.9 * denominator + 0.1
            advantage = reward - numerator / denominator
            gradient = np.zeros_like(logits)
            for edge, value in np.ndindex(*logits.shape):
                ends = []
                for shift in (-1e-6, 1e-6):
                    moved = logits.copy()
                    moved[edge, value] += shift
                    ends.append(moved[edge, drawn[edge]] - np.log(np.exp(moved[edge]).sum()))
                gradient[edge, value] = (ends[1] - ends[0]) / 2e-6
            logits += 0.5 * advantage * gradient
        np.testing.assert_allclose(search._state.edge_logits, logits, atol=1e-8)
    assert np.abs(logits).max() > 0.01


def test_reinforce_counts_the_invalid_cells_that_it_draws_again(all_candidates: Candidates) -> None:
    """A search that hardly learns draws like random search on encoding A, and drops as many."""
    objective, budget = made_up_objective(len(all_candidates.space)), Budget(evaluations=2000)
    shares = []
    for name, settings in (("reinforce", {"learning_rate": 1e-9}), ("random_search", {"sampler": "encoding_a"})):
        history = make_algorithm(name, all_candidates, 0, settings).compiled_run(objective, budget, 1, False)
        assert history is not None
        shares.append(history.invalid / history.proposals)
    assert shares[0] > 0.5
    assert shares[0] == pytest.approx(shares[1], abs=0.02)  # four standard errors of 6,000 draws


def test_reinforce_learns_which_cells_are_good(small_candidates: Candidates) -> None:
    space = small_candidates.space
    edges = np.array(space.columns.edges) / 9
    search = Reinforce(small_candidates, learning_rate=0.5)
    found = [edges[step(search, edges)] for _ in range(600)]
    assert np.mean(found[-100:]) > np.mean(found[:100]) + 0.1


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("random_search", {"sampler": "encoding_d"}, "unknown sampler 'encoding_d'; there are: uniform, notebook"),
        ("regularized_evolution", {"variant": "nasbench"}, "unknown variant 'nasbench'"),
        ("regularized_evolution", {"population": 0}, "population must be at least 1, got 0"),
        ("regularized_evolution", {"variant": "notebook", "population": 5}, "tournament of 10 different cells"),
        ("regularized_evolution", {"mutation_rate": 0}, "mutation_rate must be above 0"),
        ("local_search", {"neighbourhood": "two"}, "unknown neighbourhood 'two'"),
        ("local_search", {"starts": 0}, "starts must be at least 1, got 0"),
        ("local_search", {"starts": 10**23}, "starts must be at most 1,000,000, got 1000"),
        ("regularized_evolution", {"tournament": 10**23}, "tournament must be at most 1,000,000"),
        ("regularized_evolution", {"population": 10**7}, "population must be at most 1,000,000"),
        *[("npenas", {n: 10**6}, f"{n} must be at most 100,000") for n in ("initial", "batch", "pool", "parents")],
        ("reinforce", {"learning_rate": 1e308}, "learning_rate must be above 0 and at most 1000"),
        ("reinforce", {"learning_rate": 10**400}, "learning_rate' must be a finite number"),
        ("hyperband", {"max_epochs": 4 * 3**10}, "max_epochs must be at most 32,767"),
        ("reinforce", {"learning_rate": -1}, "learning_rate must be above 0"),
        ("reinforce", {"momentum": 1}, "momentum must be at least 0 and below 1"),
        ("hyperband", {"max_epochs": 100}, "max_epochs must be min_epochs times a power of eta"),
        ("hyperband", {"eta": 1}, "eta at least 2"),
        ("hyperband", {"sizes": "both"}, "unknown rule for sizes 'both'"),
        ("successive_halving", {"min_epochs": 0}, "min_epochs must be at least 1"),
    ],
)
def test_a_bad_parameter_is_refused_in_one_line(
    name: str, settings: dict[str, Any], message: str, small_candidates: Candidates
) -> None:
    with pytest.raises(InputError, match=message):
        make_algorithm(name, small_candidates, 0, settings)


def test_a_search_goes_on_from_its_saved_state(small_candidates: Candidates) -> None:
    values = values_of(small_candidates)
    for name in ("random_search", "regularized_evolution", "local_search", "reinforce", "hyperband"):
        settings = {"distinct": True} if name == "random_search" else {}
        first, second = (make_algorithm(name, small_candidates, seed, settings) for seed in (1, 2))
        for _ in range(37):
            step(first, values)
        second.load_state_dict(first.state_dict())
        following = [step(first, values) for _ in range(80)]
        assert [step(second, values) for _ in range(80)] == following
        assert any(a != b for a, b in pairwise(following))
