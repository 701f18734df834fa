"""The incumbent of a run after each evaluation, and at given costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nasbench_pytorch.search.history import History
    from nasbench_pytorch.search.protocols import Incumbent

CostName = Literal["seconds", "evaluations", "epochs"]


def incumbent_of_each(history: History, rule: Incumbent, full_epochs: int) -> npt.NDArray[np.int64]:
    """Return the number of the evaluation that is the incumbent after each evaluation; -1 where there is none.

    The incumbent is the evaluation with the largest value so far; of equal ones, the first.

    Args:
        history: the run, E evaluations.
        rule: which evaluations may become the incumbent; see `Protocol`.
        full_epochs: the largest budget.

    Returns:
        int64, shape (E,).
    """
    values = history.values.copy()
    if rule == "full_budget":
        values[history.epochs != full_epochs] = -np.inf
    elif rule == "largest_budget_so_far":
        values = _ranks(history.epochs, values)
    if not len(values):
        return np.empty(0, dtype=np.int64)
    best_before = np.concatenate([[-np.inf], np.maximum.accumulate(values)[:-1]])
    is_better = values > best_before
    return np.maximum.accumulate(np.where(is_better, np.arange(len(values)), -1))


def _ranks(first: npt.NDArray[np.int16], second: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the rank of each pair, ordered by the first and then by the second; equal pairs have equal ranks."""
    order = np.lexsort((second, first))
    is_larger = (np.diff(first[order]) > 0) | (np.diff(second[order]) > 0)
    ranks = np.empty(len(first))
    ranks[order] = np.concatenate([np.zeros(min(len(first), 1)), np.cumsum(is_larger)])
    return ranks


def cost_so_far(history: History, cost: CostName) -> npt.NDArray[np.float64]:
    """Return what a run has spent up to and including each of its E evaluations; float64, shape (E,)."""
    if cost == "seconds":
        return history.times_s
    if cost == "epochs":
        return np.cumsum(history.epochs, dtype=np.float64)
    return np.arange(1.0, len(history) + 1)


def incumbents_at(
    history: History, incumbents: npt.NDArray[np.int64], cost: CostName, at: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return the incumbent of a run at given costs; -1 where there is none yet.

    Args:
        history: the run.
        incumbents: of `incumbent_of_each`.
        cost: what `at` counts.
        at: costs, ascending, shape (T,).

    Returns:
        int64, shape (T,): numbers of evaluations.
    """
    last = np.searchsorted(cost_so_far(history, cost), at, side="right") - 1
    return np.where(last >= 0, incumbents[np.maximum(last, 0)] if len(incumbents) else -1, -1)
