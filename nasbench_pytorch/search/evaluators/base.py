"""Evaluator: evaluates the proposals of a search."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.search.proposals import Proposal


class Answer(NamedTuple):
    """What an evaluator found out about one proposal.

    Attributes:
        value: the value to maximise.
        cost_s: seconds that it took, simulated or real.
        repeat: the table's repeat that answered; -1 for a mean, or where there is no table.
        test_accuracy: test accuracy of a training, for the record only; NaN where none was measured, and always with a
            table. The algorithm does not see it.
    """

    value: float
    cost_s: float
    repeat: int = -1
    test_accuracy: float = math.nan


class Evaluator(ABC):
    """Answers the proposals of one run. It returns no test accuracy, unless the protocol searches on test accuracies.

    Attributes:
        candidates: the cells that may be proposed with every budget of the search.
        epochs: the budgets that it can evaluate.
    """

    candidates: Candidates
    epochs: tuple[int, ...]
    is_slow: ClassVar[bool] = False
    """Whether one evaluation takes so long that a run saves its state after each."""

    @abstractmethod
    def evaluate(self, proposal: Proposal) -> Answer:
        """Evaluate a cell that may be proposed."""

    def state_dict(self) -> dict[str, Any]:
        """Return all that changes from query to query."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a saved state."""
        del state
