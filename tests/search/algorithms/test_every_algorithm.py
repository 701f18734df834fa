"""The behavioural suite: what every registered search algorithm must do. Model: the sampler suite of Optuna."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from nasbench_pytorch.search import ALGORITHMS, Budget, Candidates, History, Objective, SearchLoop, TableEvaluator
from nasbench_pytorch.search.saving.saved_state import decode, encode
from tests.helpers.search_algorithms import ENCODED, HEAVY, QUICK, proposals_digest, quick
from tests.helpers.search_objectives import made_up_objective

EVERY = sorted(ALGORITHMS)
HEAVY_IN_SLOW = [pytest.param(name, marks=[pytest.mark.slow] * (name in HEAVY)) for name in EVERY]
SMAC_IN_SLOW = [pytest.param(name, marks=[pytest.mark.slow] * (name == "smac")) for name in EVERY]
STEPS = 24


@pytest.fixture
def candidates(name: str, small_candidates: Candidates, all_candidates: Candidates) -> Candidates:
    """Return cells of at most 5 vertices; all for algorithms on encodings, which make cells of 7 vertices."""
    return all_candidates if name in ENCODED else small_candidates


def steps_of(name: str) -> int:
    """Return how many evaluations a run has: fewer where each takes long."""
    return STEPS // 2 if name in ENCODED else STEPS


def part_of(candidates: Candidates, share: float) -> Candidates:
    """Return a random share of the cells."""
    return Candidates(candidates.space, np.random.default_rng(1).random(len(candidates.space)) < share)


def objective_for(name: str, candidates: Candidates) -> Objective:
    from nasbench_pytorch.search.algorithms.by_name import algorithm_class

    epochs = algorithm_class(name).budgets(QUICK.get(name, {}))
    objective = made_up_objective(len(candidates.space), epochs)
    objective.counts[~candidates.allowed] = 0
    return objective


def loop(
    name: str, candidates: Candidates, objective: Objective, budget: Budget, deduplicate: bool = False
) -> SearchLoop:
    return SearchLoop(
        quick(name, candidates, seed=3), TableEvaluator(candidates, objective, seed=4), budget, deduplicate
    )


def run(name: str, candidates: Candidates, objective: Objective, evaluations: int | None = None) -> History:
    return loop(name, candidates, objective, Budget(evaluations=evaluations or steps_of(name))).run()


def digests_of_another_process(names: list[str]) -> dict[str, str]:
    command = [sys.executable, "-m", "tests.helpers.search_algorithms", str(STEPS), *names]
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300, env=environment).stdout
    return {line.split()[0]: line.split()[1] for line in output.splitlines()}


def test_the_same_seed_gives_the_same_proposals_in_another_process() -> None:
    names = [name for name in EVERY if name not in HEAVY]
    assert digests_of_another_process(names) == {name: proposals_digest(name, STEPS) for name in names}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_proposals_of_heavy_algorithms_in_another_process() -> None:
    names = [name for name in EVERY if name in HEAVY]
    assert digests_of_another_process(names) == {name: proposals_digest(name, STEPS) for name in names}


@pytest.mark.parametrize("name", HEAVY_IN_SLOW)
def test_another_seed_gives_other_proposals(name: str) -> None:
    assert proposals_digest(name, 15, seed=1) != proposals_digest(name, 15, seed=2)


@pytest.mark.parametrize("name", SMAC_IN_SLOW)
def test_no_run_is_over_its_budget_and_none_ends_early(name: str, candidates: Candidates) -> None:
    objective = objective_for(name, candidates)
    dearest = float(objective.costs_s.max())
    for budget in (Budget(seconds=6 * dearest), Budget(epochs=12 * max(objective.epochs))):
        history = loop(name, candidates, objective, budget).run()
        seconds, _, epochs = budget.limits
        assert history.costs_s.sum() <= seconds and history.epochs.sum() <= epochs
        assert history.ended_by == "budget"
        assert history.costs_s.sum() > seconds - dearest or history.epochs.sum() > epochs - max(objective.epochs)
    assert len(run(name, candidates, objective, evaluations=9)) == 9


@pytest.mark.parametrize("name", SMAC_IN_SLOW)
def test_only_allowed_cells_are_proposed(name: str, candidates: Candidates) -> None:
    """On a table that lacks 30 % of the cells; a loop refuses a forbidden proposal unless the class may make one."""
    some_candidates = part_of(candidates, 0.7)
    history = run(name, some_candidates, objective_for(name, some_candidates))
    assert len(history) == steps_of(name)
    assert some_candidates.allowed[history.positions].all()
    if name != "reinforce" and not quick(name, some_candidates, 0).may_propose_invalid:
        assert history.invalid == 0  # reinforce counts the invalid cells that it draws again by itself


@pytest.mark.parametrize("name", HEAVY_IN_SLOW)
def test_a_table_in_which_everything_ties_is_survived(name: str, candidates: Candidates) -> None:
    objective = objective_for(name, candidates)
    objective.values[:] = 0.9
    assert len(run(name, candidates, objective)) == steps_of(name)


@pytest.mark.parametrize("name", HEAVY_IN_SLOW)
def test_rows_without_an_accuracy_are_survived(name: str, candidates: Candidates) -> None:
    """Half of all trainings have NaN, which the algorithm observes as 0."""
    objective = objective_for(name, candidates)
    objective.values[np.random.default_rng(0).random(objective.values.shape) < 0.5] = np.nan
    history = run(name, candidates, objective)
    assert len(history) == steps_of(name)
    assert (history.values == 0).any()


@pytest.mark.parametrize("name", HEAVY_IN_SLOW)
def test_a_table_of_a_handful_of_cells_is_survived(
    name: str, candidates: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasbench_pytorch.search.algorithms.optuna_search.MOST_MISSES", 50)
    if name == "smac":
        monkeypatch.setattr("nasbench_pytorch.search.algorithms.smac.MOST_MISSES", 20)
    allowed = np.zeros(len(candidates.space), dtype=bool)
    allowed[[5, 600, 1200, 1201, 2400]] = True
    few = Candidates(candidates.space, allowed)
    history = run(name, few, objective_for(name, few), evaluations=12)
    assert set(history.positions.tolist()) <= {5, 600, 1200, 1201, 2400}
    if not quick(name, few, 0).may_repeat:
        assert sorted(history.positions.tolist()) == [5, 600, 1200, 1201, 2400] and history.ended_by == "finished"
    elif name not in ENCODED:  # those end after MOST_MISSES, and rarely meet one of five cells before
        assert len(history) == 12


@pytest.mark.parametrize("name", SMAC_IN_SLOW)
def test_a_run_resumed_from_its_saved_state_equals_an_uninterrupted_one(name: str, candidates: Candidates) -> None:
    objective, budget = objective_for(name, candidates), Budget(evaluations=steps_of(name))
    saved: list[str] = []

    def save(running: SearchLoop) -> None:
        if len(running.history()) in (1, 9):
            saved.append(json.dumps(encode(running.state_dict())))

    whole = loop(name, candidates, objective, budget).run(save)
    assert len(saved) == 2
    for text in saved:
        resumed = loop(name, candidates, objective, budget)
        resumed.load_state_dict(decode(json.loads(text)))
        assert resumed.run().equals(whole)


@pytest.mark.parametrize("name", HEAVY_IN_SLOW)
def test_deduplication_never_pays_twice(name: str, candidates: Candidates) -> None:
    few = candidates if name in ENCODED else part_of(candidates, 0.01)
    history = loop(name, few, objective_for(name, few), Budget(evaluations=20), deduplicate=True).run()
    paid = list(zip(history.positions.tolist(), history.epochs.tolist(), strict=True))
    assert len(set(paid)) == len(paid) > 0
    assert not history.is_duplicate.any()
    assert history.proposals == len(history) + history.invalid + history.duplicates


@pytest.mark.parametrize("name", HEAVY_IN_SLOW)
def test_settings_are_told_and_make_the_same_algorithm(name: str, candidates: Candidates) -> None:
    algorithm = quick(name, candidates, 0)
    again = type(algorithm)(candidates, seed=0, **algorithm.settings)
    assert again.settings == algorithm.settings
    assert algorithm.name == name and algorithm.sampler_name
