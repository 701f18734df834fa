"""Whole compiled runs are those of the plain loop: entry for entry, with the same seeds."""

from __future__ import annotations

from typing import Any

import pytest

from nasbench_pytorch.search import Budget, Candidates, SearchLoop, TableEvaluator, make_algorithm
from nasbench_pytorch.search.algorithms.by_name import algorithm_class
from tests.helpers.search_objectives import made_up_objective

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    *[("random_search", {"sampler": s}) for s in ("uniform", "notebook", "encoding_a", "encoding_b", "encoding_c")],
    ("random_search", {"sampler": "notebook", "distinct": True}),
    *[("regularized_evolution", {"variant": v}) for v in ("one_edit", "nas_benchmarks", "notebook", "naszilla")],
    ("local_search", {}),
    ("local_search", {"neighbourhood": "one_edit", "sampler": "uniform"}),
    ("reinforce", {"learning_rate": 0.5}),
    ("successive_halving", {}),
    ("hyperband", {"sampler": "encoding_a", "sizes": "paper"}),
]
RUNS = [
    (Budget(seconds=1e5), False),
    (Budget(evaluations=100), True),
    (Budget(epochs=9000, seconds=3e5), False),
]
"""Budgets, and whether a repeated cell is not paid again."""


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_a_compiled_run_equals_the_plain_loop(
    name: str, settings: dict[str, Any], small_candidates: Candidates, some_candidates: Candidates
) -> None:
    epochs = algorithm_class(name).budgets(settings)
    for candidates in (small_candidates, some_candidates):
        objective = made_up_objective(len(candidates.space), epochs)
        objective.counts[~candidates.allowed] = 0
        for seed, (budget, deduplicate) in enumerate(RUNS):
            compiled = make_algorithm(name, candidates, seed, settings)
            history = compiled.compiled_run(objective, budget, 100 + seed, deduplicate)
            plain = make_algorithm(name, candidates, seed, settings)
            evaluator = TableEvaluator(candidates, objective, 100 + seed)
            expected = SearchLoop(plain, evaluator, budget, deduplicate).run()
            assert history is not None
            assert history.equals(expected)
            assert len(history) > 20


def test_a_run_needs_no_room_to_be_known_in_advance(small_candidates: Candidates) -> None:
    """Costs far below the mean: the columns grow several times."""
    objective = made_up_objective(len(small_candidates.space))
    objective.costs_s[:-1] /= 1000
    budget = Budget(seconds=2e3)
    history = make_algorithm("random_search", small_candidates, 0, {}).compiled_run(objective, budget, 1, False)
    evaluator = TableEvaluator(small_candidates, objective, 1)
    expected = SearchLoop(make_algorithm("random_search", small_candidates, 0, {}), evaluator, budget).run()
    assert history is not None and history.equals(expected)
    assert len(history) > 1000


@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("name", ["random_search", "regularized_evolution", "reinforce", "hyperband"])
def test_a_table_with_times_of_zero_ends_as_in_the_plain_loop(
    name: str, share: float, small_candidates: Candidates
) -> None:
    epochs = algorithm_class(name).budgets({})
    objective = made_up_objective(len(small_candidates.space), epochs)
    objective.costs_s[: int(share * len(small_candidates.space))] = 0
    budget = Budget(seconds=5e4)
    history = make_algorithm(name, small_candidates, 0, {}).compiled_run(objective, budget, 1, False)
    evaluator = TableEvaluator(small_candidates, objective, 1)
    expected = SearchLoop(make_algorithm(name, small_candidates, 0, {}), evaluator, budget).run()
    assert history is not None and history.equals(expected)
    assert history.ended_by == ("stuck" if share == 1 else "budget")


def test_an_algorithm_that_proposes_nothing_twice_ends_with_the_space(small_candidates: Candidates) -> None:
    objective = made_up_objective(len(small_candidates.space))
    budget = Budget(seconds=1e9)
    for name, settings in (("local_search", {}), ("random_search", {"distinct": True, "sampler": "notebook"})):
        history = make_algorithm(name, small_candidates, 0, settings).compiled_run(objective, budget, 1, False)
        assert history is not None
        assert history.ended_by == "finished"
        assert sorted(history.positions.tolist()) == list(range(len(small_candidates.space)))


def test_a_table_of_other_budgets_is_left_to_the_loop(small_candidates: Candidates) -> None:
    objective = made_up_objective(len(small_candidates.space), (4, 12))
    hyperband = make_algorithm("hyperband", small_candidates, 0, {})
    assert hyperband.compiled_run(objective, Budget(seconds=1), 0, False) is None
