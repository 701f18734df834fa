"""The loop of one run: what it pays, what it refuses, when it ends."""

from __future__ import annotations

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import (
    Budget,
    Candidates,
    Observation,
    Proposal,
    SearchAlgorithm,
    SearchFinished,
    SearchLoop,
    TableEvaluator,
)
from nasbench_pytorch.search.history import MOST_FREE_PROPOSALS
from nasbench_pytorch.search.proposals import NOT_A_CELL
from tests.helpers.search_objectives import made_up_objective


class Listed(SearchAlgorithm):
    """Proposes positions of a list, and keeps what it is told."""

    name = "listed"

    def __init__(self, candidates: Candidates, positions: list[int], *, seed: int = 0) -> None:
        super().__init__(candidates, seed=seed)
        self.positions = list(positions)
        self.told: list[Observation] = []

    def ask(self) -> Proposal:
        if not self.positions:
            raise SearchFinished
        return Proposal(self.positions.pop(0))

    def tell(self, proposal: Proposal, observation: Observation) -> None:  # noqa: ARG002 - what is told matters here
        self.told.append(observation)


class Anything(Listed):
    may_propose_invalid = True


def loop(algorithm: SearchAlgorithm, budget: Budget, deduplicate: bool = False) -> SearchLoop:
    objective = made_up_objective(len(algorithm.candidates.space))
    objective.values[3] = np.nan
    return SearchLoop(algorithm, TableEvaluator(algorithm.candidates, objective, 1), budget, deduplicate)


def test_a_repeated_cell_is_paid_again_and_marked(small_candidates: Candidates) -> None:
    history = loop(Listed(small_candidates, [1, 2, 1, 1]), Budget(evaluations=10)).run()
    assert history.positions.tolist() == [1, 2, 1, 1]
    assert history.is_duplicate.tolist() == [False, False, True, True]
    assert (history.proposals, history.duplicates, history.ended_by) == (4, 2, "finished")


def test_with_deduplication_the_first_answer_is_told_again_for_nothing(small_candidates: Candidates) -> None:
    algorithm = Listed(small_candidates, [1, 2, 1, 1])
    history = loop(algorithm, Budget(evaluations=10), deduplicate=True).run()
    assert history.positions.tolist() == [1, 2]
    assert [told.cost for told in algorithm.told[2:]] == [0, 0]
    assert {told.validation_accuracy for told in algorithm.told[2:]} == {algorithm.told[0].validation_accuracy}
    assert (history.proposals, history.duplicates) == (4, 2)


def test_an_accuracy_that_is_nan_is_told_as_zero_and_paid(small_candidates: Candidates) -> None:
    algorithm = Listed(small_candidates, [3])
    history = loop(algorithm, Budget(evaluations=10)).run()
    assert algorithm.told[0].validation_accuracy == 0 and algorithm.told[0].cost > 0 and algorithm.told[0].valid
    assert history.values.tolist() == [0]


@pytest.mark.parametrize("position", [NOT_A_CELL, 10**6, -7])
def test_a_proposal_that_is_no_cell_is_refused_or_told_as_invalid(small_candidates: Candidates, position: int) -> None:
    with pytest.raises(InputError, match=rf"listed proposed position {position}, which is no cell"):
        loop(Listed(small_candidates, [position]), Budget(evaluations=10)).run()
    algorithm = Anything(small_candidates, [position, 1])
    history = loop(algorithm, Budget(evaluations=10)).run()
    assert algorithm.told[0] == Observation(0.0, 0.0, False)
    assert (history.positions.tolist(), history.invalid, history.proposals) == ([1], 1, 2)


def test_a_proposal_of_another_kind_or_budget_is_refused(small_candidates: Candidates) -> None:
    class Wrong(Listed):
        def ask(self) -> Proposal:
            return 5 if self.positions else Proposal(5, 36)  # type: ignore[return-value]

    with pytest.raises(InputError, match="ask must return a Proposal, got int"):
        loop(Wrong(small_candidates, [1]), Budget(evaluations=1)).run()
    with pytest.raises(InputError, match="proposed 36 epochs; its budgets"):
        loop(Wrong(small_candidates, []), Budget(evaluations=1)).run()


def test_a_run_of_free_proposals_ends(small_candidates: Candidates) -> None:
    algorithm = Listed(small_candidates, [1] * (MOST_FREE_PROPOSALS + 5))
    history = loop(algorithm, Budget(evaluations=10), deduplicate=True).run()
    assert history.ended_by == "stuck"
    assert history.proposals == MOST_FREE_PROPOSALS + 1


def test_an_evaluation_that_would_pass_the_budget_is_neither_charged_nor_told(small_candidates: Candidates) -> None:
    costs = loop(Listed(small_candidates, [1, 2, 4]), Budget(evaluations=3)).run().costs_s
    algorithm = Listed(small_candidates, [1, 2, 4])
    history = loop(algorithm, Budget(seconds=float(costs.sum()) - 1e-6)).run()
    assert history.costs_s.tolist() == costs[:2].tolist()
    assert len(algorithm.told) == history.proposals == 2
    exact = loop(Listed(small_candidates, [1, 2, 4]), Budget(seconds=float(np.cumsum(costs)[-1]))).run()
    assert len(exact) == 3


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({}, "give seconds, evaluations or epochs"),
        ({"seconds": 0.0}, "seconds must be above 0"),
        ({"seconds": float("nan")}, "seconds must be above 0"),
        ({"seconds": float("inf")}, "finite"),
        ({"evaluations": 0}, "evaluations must be at least 1, got 0"),
        ({"epochs": -4}, "epochs must be at least 1, got -4"),
        ({"epochs": float("nan")}, "epochs must be a whole number, got nan"),
        ({"evaluations": float("nan")}, "evaluations must be a whole number, got nan"),
        ({"evaluations": 5.5}, r"evaluations must be a whole number, got 5\.5"),
        ({"evaluations": True}, "evaluations must be a whole number, got True"),
        ({"evaluations": "5"}, "evaluations must be a whole number, got '5'"),
        ({"evaluations": 10**16}, "evaluations must be at most 1,000,000,000,000,000"),
        ({"seconds": True}, "seconds must be a number, got True"),
        ({"seconds": "5"}, "seconds must be a number, got '5'"),
        ({"seconds": 10**400}, "seconds must be above 0 and finite"),
    ],
)
def test_a_budget_that_is_none_is_refused(limits: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Budget(**limits)  # type: ignore[arg-type]


def test_numbers_of_numpy_are_taken_as_pythons() -> None:
    budget = Budget(np.float32(2.5), np.int16(7), np.uint8(9))
    assert vars(budget) == {"seconds": 2.5, "evaluations": 7, "epochs": 9}
    assert [type(value) for value in vars(budget).values()] == [float, int, int]


def test_evaluations_that_take_no_time_end_a_run_that_only_time_limits(small_candidates: Candidates) -> None:
    def positions(budget: Budget) -> tuple[int, str]:
        algorithm = Listed(small_candidates, [1] * 5 + [2] + [1] * (MOST_FREE_PROPOSALS + 50))
        run = loop(algorithm, budget)
        assert isinstance(run.evaluator, TableEvaluator)
        run.evaluator.objective.costs_s[1] = 0
        history = run.run()
        return len(history), history.ended_by

    assert positions(Budget(seconds=1e9)) == (6 + MOST_FREE_PROPOSALS, "stuck")
    limited = MOST_FREE_PROPOSALS + 20
    assert positions(Budget(seconds=1e9, evaluations=limited)) == (limited, "budget")
