"""Searches whose values are scores of a proxy: of any size, below 0, and NaN."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import (
    Budget,
    Candidates,
    Observation,
    Proposal,
    ProxySource,
    SearchAlgorithm,
    SearchLoop,
    make_algorithm,
    run_search,
)
from nasbench_pytorch.search.algorithms.predictor_search import on_the_scale_of_accuracies
from nasbench_pytorch.search.evaluators.proxy import ProxyEvaluator
from nasbench_pytorch.space.enumerate import nasbench101_space

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.jobs import Job

SCALES = [1e-9, 1.0, 1e9]
EVOLUTION = {"variant": "nas_benchmarks", "population": 10, "tournament": 5}


class Scorer:
    """Scores cells by their edges, all below 0; every seventh score is not finite."""

    proxies = ("made_up",)

    def __init__(self, scale: float) -> None:
        self.scale, self.calls = scale, 0

    def __call__(self, job: Job) -> Any:
        self.calls += 1
        number = int(job.hash[:8], 16)
        value = math.nan if number % 7 == 0 else self.scale * (int(job.spec.original_matrix.sum()) - 20 + number % 5)
        return SimpleNamespace(values={"made_up": value}, seconds=1.0)


def new_loop(name: str, scale: float, settings: dict[str, Any], told: list[Observation], budget: int) -> SearchLoop:
    candidates = Candidates(nasbench101_space())
    algorithm = make_algorithm(name, candidates, 3, settings)
    tell = algorithm.tell

    def keep(proposal: Proposal, observation: Observation) -> None:
        told.append(observation)
        tell(proposal, observation)

    algorithm.tell = keep  # type: ignore[method-assign]
    evaluator = ProxyEvaluator(Scorer(scale), candidates, (108,), 0)  # type: ignore[arg-type]
    return SearchLoop(algorithm, evaluator, Budget(evaluations=budget))


@pytest.mark.parametrize(
    ("name", "settings", "scale", "budget"),
    [
        *[("regularized_evolution", EVOLUTION, scale, 100) for scale in SCALES],
        ("optuna_tpe", {"startup_trials": 5}, 1.0, 20),
    ],
)
def test_an_invalid_proposal_is_never_better_than_a_valid_one_before(
    name: str, settings: dict[str, Any], scale: float, budget: int
) -> None:
    if name.startswith("optuna"):
        pytest.importorskip("optuna")
    told: list[Observation] = []
    history = new_loop(name, scale, settings, told, budget).run()
    lowest = math.inf
    for observation in told:
        assert -30 * scale <= observation.validation_accuracy < 0
        if observation.valid:
            lowest = min(lowest, observation.validation_accuracy)
        else:
            assert observation.validation_accuracy <= lowest
    assert 5 < history.invalid < 0.8 * history.proposals
    if name == "regularized_evolution":  # an order is all that it sees, so the scale does not matter
        assert history.positions.tolist() == new_loop(name, 7.0, settings, [], budget).run().positions.tolist()
        assert history.values[-20:].mean() > history.values[:20].mean() + 1.0 * scale, "it learns"


def test_a_resumed_run_of_scores_is_the_uninterrupted_one() -> None:
    whole = new_loop("regularized_evolution", 1.0, EVOLUTION, [], 40).run()
    states: list[dict[str, Any]] = []
    new_loop("regularized_evolution", 1.0, EVOLUTION, [], 15).run(lambda loop: states.append(loop.state_dict()))
    told: list[Observation] = []
    rest = new_loop("regularized_evolution", 1.0, EVOLUTION, told, 40)
    rest.load_state_dict(states[-1])
    assert rest.run().equals(whole)
    assert any(not observation.valid for observation in told)


def test_no_score_at_all_counts_as_zero() -> None:
    class Nothing(Scorer):
        def __call__(self, job: Job) -> Any:
            score = super().__call__(job)
            score.values = {"made_up": math.nan}
            return score

    candidates = Candidates(nasbench101_space())
    evaluator = ProxyEvaluator(Nothing(1.0), candidates, (108,), 0)  # type: ignore[arg-type]
    assert evaluator.worst_value == 0
    assert evaluator.evaluate(Proposal(5)).value == 0


def test_an_algorithm_that_needs_accuracies_is_refused_with_scores() -> None:
    class Mine(SearchAlgorithm):
        name = "mine"
        needs_accuracies = True

        def ask(self) -> Proposal:
            return Proposal(0)

    for algorithm, name in (("reinforce", "reinforce"), (Mine, "mine")):
        with pytest.raises(InputError, match=f"{name} learns from accuracies from 0 to 1, and a proxy's scores may"):
            run_search(algorithm, source=ProxySource("params"), budget=Budget(evaluations=2), runs=1)


@pytest.mark.parametrize("scale", [2.0**-40, 2.0**40, None])
def test_smac_gets_scores_on_the_scale_of_the_first_and_accuracies_as_they_are(scale: float | None) -> None:
    pytest.importorskip("smac")
    settings = {"encoding": "b", "evaluations_per_cell": 1}
    algorithm: Any = make_algorithm("smac", Candidates(nasbench101_space()), 0, settings)
    values = [0.0, 0.9] if scale is None else [-4 * scale, -5 * scale]
    for value in values:
        algorithm.tell(algorithm.ask(), Observation(value, 1.0))
    costs = [trial.cost for trial in algorithm._smac.runhistory.values()]
    assert costs == ([1.0, 1 - 0.9] if scale is None else [2.0, 2.25])


def test_a_predictor_learns_scores_by_their_ranks_and_accuracies_as_they_are() -> None:
    accuracies = [0.9, 0.91, 0.0, 0.9]
    assert on_the_scale_of_accuracies(accuracies) is accuracies
    assert on_the_scale_of_accuracies([0.5, 0.5]) == [0.5, 0.5]
    for scale in SCALES:
        ranked = on_the_scale_of_accuracies([-3 * scale, 5 * scale, -3 * scale, scale * 1.5])
        np.testing.assert_allclose(ranked, [0.8, 1.0, 0.8, 0.9])
