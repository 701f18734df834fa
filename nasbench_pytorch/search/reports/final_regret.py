"""Final regrets: intervals by bootstrap, and pairwise tests corrected for their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.search.reports.quantiles import quantile

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]

RESAMPLES = 10_000
_LEVEL = 0.95
_MOST_AT_ONCE = 2_000_000  # values of resampled runs in memory


class FinalRegret(NamedTuple):
    """Statistics of the regrets of one search's runs at the end of the budget.

    Attributes:
        runs: number of runs.
        mean: mean; NaN if a run has no regret.
        mean_interval: 95 % bootstrap interval of the mean; NaN if a run has no regret.
        median: median. Here and below, a run without a regret counts as worse than all others, and a value that would
            depend on such a run is NaN.
        median_interval: 95 % bootstrap interval of the median.
        quartiles: first and third quartile.
        best: smallest regret.
        worst: largest regret.
        at_optimum: share of the runs with regret 0.
    """

    runs: int
    mean: float
    mean_interval: Interval
    median: float
    median_interval: Interval
    quartiles: Interval
    best: float
    worst: float
    at_optimum: float


class PairwiseTest(NamedTuple):
    """Two searches compared by the two-sided Mann-Whitney test.

    Attributes:
        first: name of a search.
        second: name of another search.
        first_is_better: probability that a run of the first has less regret than one of the second; ties count half.
        p: p value of the pair alone.
        p_holm: p value after Holm's correction for all pairs of the report.
    """

    first: str
    second: str
    first_is_better: float
    p: float
    p_holm: float


def final_regret(regrets: Floats, seed: int = 0) -> FinalRegret:
    """Return statistics of final regrets.

    Args:
        regrets: one for each run, at least one; NaN where a run has no incumbent, or its test accuracy is missing.
        seed: seed of the bootstrap.
    """
    best, low, median, high, worst = (float(quantile(regrets, share)) for share in (0, 0.25, 0.5, 0.75, 1))
    ordered = np.where(np.isnan(regrets), np.inf, regrets)
    return FinalRegret(
        len(regrets),
        float(regrets.mean()),
        _interval(regrets, lambda samples: samples.mean(axis=1), seed),
        median,
        _interval(ordered, lambda samples: np.median(samples, axis=1), seed),
        (low, high),
        best,
        worst,
        float((np.abs(regrets) < 1e-12).mean()),
    )


def _interval(values: Floats, statistic: Callable[[Floats], Floats], seed: int) -> Interval:
    """Return the 95 % percentile interval of a statistic over resampled runs; NaN for fewer than two runs, or with NaN.

    Args:
        values: one for each run.
        statistic: function of samples, shape (samples, runs), that returns one value for each.
        seed: seed of the resampling.
    """
    if len(values) < 2 or np.isnan(values).any():
        return float("nan"), float("nan")
    rng = np.random.Generator(np.random.PCG64(seed))
    at_once = max(1, _MOST_AT_ONCE // len(values))
    parts = [
        statistic(values[rng.integers(len(values), size=(min(at_once, RESAMPLES - start), len(values)))])
        for start in range(0, RESAMPLES, at_once)
    ]
    statistics = np.concatenate(parts)
    return float(quantile(statistics, (1 - _LEVEL) / 2)), float(quantile(statistics, (1 + _LEVEL) / 2))


def pairwise_tests(finals: Mapping[str, Floats]) -> list[PairwiseTest]:
    """Compare every two searches by the Mann-Whitney test.

    Runs without a regret count as worse than all others. The test takes all runs as independent. Those of one search
    are, given the table. Runs with the same number in two searches have the same seeds, though, if the searches have:
    random search and regularized evolution by one edit are the same search for their first 100 evaluations. Such pairs
    are positively correlated, so their p values are too large rather than too small.

    Args:
        finals: name of the search → final regret of each run.
    """
    from scipy.stats import mannwhitneyu

    found = []
    for first, second in combinations(finals, 2):
        mine, theirs = (np.where(np.isnan(values), np.inf, values) for values in (finals[first], finals[second]))
        test = mannwhitneyu(mine, theirs, alternative="two-sided", method="asymptotic")
        # If all values tie, their variance is 0 and scipy returns NaN.
        p = 1.0 if np.isnan(test.pvalue) else float(test.pvalue)
        found.append((first, second, 1.0 - float(test.statistic) / (len(mine) * len(theirs)), p))
    corrected = holm([p for *_, p in found])
    return [PairwiseTest(*pair, p_holm) for pair, p_holm in zip(found, corrected, strict=True)]


def holm(p_values: list[float]) -> list[float]:
    """Return p values corrected for their number by Holm's method, in the same order.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 1979.
    """
    order = np.argsort(p_values)
    corrected = np.empty(len(p_values))
    largest = 0.0
    for rank, number in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[number]))
        corrected[number] = largest
    return [float(value) for value in corrected]
