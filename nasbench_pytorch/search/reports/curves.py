"""Curves of regret over cost: mean, median and quartiles of many runs at fixed costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.search.reports.quantiles import quantile

Floats = npt.NDArray[np.float64]

_STEPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0)
"""Ten costs for each decade, nearly equidistant on a logarithmic axis."""

_DECADES = 4
"""Number of decades below that of the budget for which costs are reported."""

_EVERY_TENTH_UP_TO = 200
"""Evaluations up to which every tenth is a fixed cost, as naszilla reports them."""


class Curve(NamedTuple):
    """Statistics of the runs of one algorithm at fixed costs, float64 of shape (T,).

    Attributes:
        at: the costs.
        with_incumbent: number of runs that have an incumbent, and one with a regret.
        mean: mean over the runs; NaN until every run has a regret.
        median: median over the runs. Runs without a regret count as worse than all others; NaN where the median is
            such a run.
        low: first quartile, by the same rule.
        high: third quartile, by the same rule.
    """

    at: Floats
    with_incumbent: npt.NDArray[np.int64]
    mean: Floats
    median: Floats
    low: Floats
    high: Floats


def fixed_costs(end: float, whole: bool) -> Floats:
    """Return the costs at which curves are reported, ascending up to `end`.

    Args:
        end: the budget.
        whole: whether costs are whole numbers, as those of evaluations are.
    """
    decade = int(np.floor(np.log10(end)))
    exponents = range(max(decade - _DECADES, 0) if whole else decade - _DECADES, decade + 1)
    costs = np.array([step * 10.0**exponent for exponent in exponents for step in _STEPS])
    if whole:
        costs = np.append(np.round(costs), np.arange(10, _EVERY_TENTH_UP_TO + 1, 10))
    return np.unique(np.append(costs[(costs < end) & (costs > 0)], end))


def curve_of(regrets: Floats, at: Floats) -> Curve:
    """Return the statistics of regrets.

    Args:
        regrets: shape (runs, T); NaN where a run has no incumbent, or one whose test accuracy is missing.
        at: the costs, shape (T,).
    """
    missing = np.isnan(regrets)
    low, median, high = (quantile(regrets, share) for share in (0.25, 0.5, 0.75))
    complete = ~missing.any(axis=0)
    mean = np.full(len(at), np.nan)
    mean[complete] = regrets[:, complete].mean(axis=0)
    return Curve(at, (~missing).sum(axis=0), mean, median, low, high)


def shown_costs(at: Floats, most: int = 12) -> Sequence[int]:
    """Return the indices of the costs that a table of text shows: those that begin with 1, 2 or 5, and the last.

    Args:
        at: the costs, ascending.
        most: largest number of costs besides the last; the largest ones are kept.
    """
    mantissas = at / 10.0 ** np.floor(np.log10(at) + 1e-9)
    chosen = [number for number, value in enumerate(mantissas) if np.isclose(value, (1, 2, 5), rtol=1e-3).any()]
    return sorted({*chosen[-most:], len(at) - 1})
