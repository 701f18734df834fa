"""EvaluatorSource: makes an evaluator for each run of a search, in any process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.search.evaluators.base import Evaluator
    from nasbench_pytorch.search.objective import Objective


class EvaluatorSource(ABC):
    """Makes the evaluators of a search's runs.

    It is pickled for other processes. A subclass that reads or computes large data leaves them out of the pickle.

    Attributes:
        default_epochs: value of an algorithm's parameter `epochs` where the user sets none; None for the algorithm's
            own default.
        is_slow: whether evaluations take so long that a run saves its state after each.
        gives_scores: whether the values are scores of any size and sign. If False, they are accuracies, 0 to 1.
    """

    default_epochs: int | None = None
    is_slow: bool = False
    gives_scores: bool = False

    @abstractmethod
    def candidates(self, epochs: tuple[int, ...]) -> Candidates:
        """Return the cells that may be proposed with each of the budgets.

        Args:
            epochs: the budgets of the search, ascending.

        Raises:
            InputError: there are none, or a budget is not available.
        """

    @abstractmethod
    def make(self, epochs: tuple[int, ...], seed: int) -> Evaluator:
        """Return the evaluator of one run.

        Args:
            epochs: the budgets of the search.
            seed: decides everything that the evaluator draws.
        """

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """Return a description as plain values; `evaluate` names the kind: table, training or proxy.

        Searches with equal descriptions can be compared.
        """

    def objective(self, epochs: tuple[int, ...]) -> Objective | None:
        """Return all accuracies and costs as arrays, for compiled runs; None where they are not known beforehand."""
        del epochs
        return None
