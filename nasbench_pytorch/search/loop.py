"""The loop of one run: ask, evaluate, tell, until the budget is spent."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.history import MOST_FREE_PROPOSALS, Ending, History
from nasbench_pytorch.search.proposals import Observation, Proposal, SearchFinished
from nasbench_pytorch.search.users_code import raise_users_error

if TYPE_CHECKING:
    from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
    from nasbench_pytorch.search.budget import Budget
    from nasbench_pytorch.search.evaluators.base import Answer, Evaluator

_WHOLE = ("position", "epochs", "invalid_draws")
"""Fields of a proposal that are whole numbers."""

_SAVED = ("_rows", "_told", "_spent_s", "_spent_epochs", "_counts", "_free_in_a_row")


class SearchLoop:
    """One run of an algorithm against an evaluator.

    Attributes:
        steps: number of proposals and evaluations so far; see `ask_limit`.
        waits_for_algorithm: whether the algorithm is working (in `ask` or `tell`), and not the evaluator.

    Args:
        algorithm: a new algorithm.
        evaluator: evaluates its proposals.
        budget: what the run may spend.
        deduplicate: whether a repeated query of a cell and budget is free: the algorithm observes the value of the
            first query again, at cost 0.
    """

    def __init__(
        self, algorithm: SearchAlgorithm, evaluator: Evaluator, budget: Budget, deduplicate: bool = False
    ) -> None:
        self.algorithm = algorithm
        self.evaluator = evaluator
        self.budget = budget
        self.deduplicate = deduplicate
        self.steps = 0
        self.waits_for_algorithm = True
        self._limits = budget.limits
        self._limits_evaluations = min(self._limits[1:]) < math.inf
        self._rows: list[tuple[int, int, int, float, float, bool, float]] = []
        self._told: dict[tuple[int, int], float] = {}
        self._spent_s, self._spent_epochs = 0.0, 0
        self._counts = {"proposals": 0, "invalid": 0, "duplicates": 0}
        self._free_in_a_row = 0

    def run(self, after_each: Callable[[SearchLoop], object] | None = None) -> History:
        """Run until the budget is spent, the algorithm has finished, or it makes only free proposals.

        Args:
            after_each: called with the loop after each paid evaluation; it may save `state_dict`.

        Raises:
            InputError: the algorithm made a proposal that it may not make.
        """
        ended_by: Ending | None = None
        while ended_by is None:
            ended_by = self._step()
            if after_each is not None and ended_by is None and not self._free_in_a_row:
                after_each(self)
        return self.history(ended_by)

    def _step(self) -> Ending | None:
        seconds, evaluations, epochs = self._limits
        if len(self._rows) >= evaluations or self._spent_epochs >= epochs or self._spent_s >= seconds:
            return "budget"
        if self._free_in_a_row >= MOST_FREE_PROPOSALS:
            return "stuck"
        try:
            proposal = self.algorithm.ask()
        except SearchFinished:
            return "finished"
        except BaseException as error:
            raise_users_error(type(self.algorithm), "ask", error)
            raise
        self.steps += 1
        if not self._is_allowed(proposal):
            self._tell_free(proposal, Observation(self.evaluator.worst_value, 0.0, False), "invalid")
            return None
        key = int(proposal.position), int(proposal.epochs)
        if self.deduplicate and key in self._told:
            self._tell_free(proposal, Observation(self._told[key], 0.0), "duplicates")
            return None
        if self._spent_epochs + proposal.epochs > epochs:
            return "budget"
        self.waits_for_algorithm = False
        answer = self.evaluator.evaluate(proposal)
        self.waits_for_algorithm = True
        self.steps += 1
        if self._spent_s + answer.cost_s > seconds:
            return "budget"
        self._pay(proposal, key, answer)
        return None

    def _is_allowed(self, proposal: Proposal) -> bool:
        if not isinstance(proposal, Proposal):
            raise InputError(f"{self._name}: ask must return a Proposal, got {type(proposal).__name__}")
        for name in _WHOLE:
            value = getattr(proposal, name)
            if type(value) is not int and not isinstance(value, np.integer):
                remedy = "; candidates.position_of(spec) is that of a spec" if name == "position" else ""
                raise InputError(f"{self._name} proposed {name}={value!r}; {name} must be a whole number{remedy}")
        if proposal.position in self.algorithm.candidates:
            if proposal.epochs in self.evaluator.epochs:
                return True
            known = ", ".join(map(str, self.evaluator.epochs))
            raise InputError(
                f"{self._name} proposed {proposal.epochs!r} epochs; its budgets() returns {known}; propose one of "
                "these, or return all budgets there"
            )
        if self.algorithm.may_propose_invalid:
            return False
        what = f"position {proposal.position!r}" if proposal.spec is None else repr(proposal.spec)
        raise InputError(
            f"{self._name} proposed {what}, which is no cell that may be proposed; propose positions of "
            "candidates.positions, or set may_propose_invalid = True in the class"
        )

    @property
    def _name(self) -> str:
        return self.algorithm.name or type(self.algorithm).__name__

    def _tell_free(self, proposal: Proposal, observation: Observation, counted_as: str) -> None:
        self._count_proposal(proposal)
        self._counts[counted_as] += 1
        self._free_in_a_row += 1
        self._tell(proposal, observation)

    def _tell(self, proposal: Proposal, observation: Observation) -> None:
        try:
            self.algorithm.tell(proposal, observation)
        except BaseException as error:
            raise_users_error(type(self.algorithm), "tell", error)
            raise

    def _count_proposal(self, proposal: Proposal) -> None:
        self._counts["proposals"] += 1 + int(proposal.invalid_draws)
        self._counts["invalid"] += int(proposal.invalid_draws)

    def _pay(self, proposal: Proposal, key: tuple[int, int], answer: Answer) -> None:
        value = answer.value if math.isfinite(answer.value) else self.evaluator.worst_value
        is_duplicate = key in self._told
        self._told.setdefault(key, value)
        self._rows.append((*key, answer.repeat, value, answer.cost_s, is_duplicate, answer.test_accuracy))
        spent_before_s = self._spent_s
        self._spent_s += answer.cost_s
        self._spent_epochs += key[1]
        self._count_proposal(proposal)
        self._counts["duplicates"] += is_duplicate
        makes_progress = self._spent_s > spent_before_s or self._limits_evaluations
        self._free_in_a_row = 0 if makes_progress else self._free_in_a_row + 1
        self._tell(proposal, Observation(value, answer.cost_s))

    def history(self, ended_by: Ending = "budget") -> History:
        """Return the evaluations so far.

        Args:
            ended_by: why the run ended, for the record.
        """
        positions, epochs, repeats, values, costs_s, is_duplicate, tests = (
            zip(*self._rows, strict=True) if self._rows else [()] * 7
        )
        measured = np.array(tests, np.float64)
        return History(
            np.array(positions, np.int32),
            np.array(epochs, np.int16),
            np.array(repeats, np.int8),
            np.array(values, np.float64),
            np.array(costs_s, np.float64),
            np.array(is_duplicate, np.bool_),
            **self._counts,
            ended_by=ended_by,
            test_accuracies=None if np.isnan(measured).all() else measured,
        )

    def state_dict(self) -> dict[str, Any]:
        """Return the states of the run, of its algorithm and of its evaluator, for `load_state_dict` of a new loop.

        `saved_state` writes them to a file.
        """
        own = {name: getattr(self, name) for name in _SAVED}
        return {"loop": own, "algorithm": self.algorithm.state_dict(), "evaluator": self.evaluator.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a saved state; the loop was made with a new algorithm and evaluator of the same settings.

        Raises:
            KeyError: the state lacks an entry.
            TypeError: an entry has another type.
            Exception: the algorithm or the evaluator cannot use its part of the state.
        """
        for name in _SAVED:
            kind, value = type(getattr(self, name)), state["loop"][name]
            if type(value) is not kind:
                raise TypeError(f"{name} must be a {kind.__name__}, got {type(value).__name__}")
            setattr(self, name, value)
        self.algorithm.load_state_dict(state["algorithm"])
        self.evaluator.load_state_dict(state["evaluator"])
