"""EvaluatorSource: what makes an evaluator for every run of a search, in any process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.search.evaluators.base import Evaluator
    from nasbench_pytorch.search.objective import Objective


class EvaluatorSource(ABC):
    """Makes evaluators. A pickle of it leaves out what it has read or computed.

    Attributes:
        default_epochs: budget of algorithms that have one, unless the user sets it; None for their own default.
        is_slow: whether an evaluation takes seconds or more.
    """

    default_epochs: int | None = None
    is_slow: bool = False

    @abstractmethod
    def candidates(self, epochs: tuple[int, ...]) -> Candidates:
        """Return the cells that may be proposed with each of the budgets; they are found once.

        Raises:
            InputError: there are none, or a budget is not available.
        """

    @abstractmethod
    def make(self, epochs: tuple[int, ...], seed: int) -> Evaluator:
        """Return the evaluator of one run.

        Args:
            epochs: the budgets of the search.
            seed: decides all that the evaluator draws.
        """

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """Return what identifies the results: searches with equal descriptions can be compared."""

    def objective(self, epochs: tuple[int, ...]) -> Objective | None:
        """Return all accuracies and costs as arrays, for compiled runs; None where they are not known beforehand."""
        del epochs
        return None
