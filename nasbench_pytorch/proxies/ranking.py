"""How well a proxy orders cells by accuracy: rank correlations with bootstrap intervals, and precision at the top."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from nasbench_pytorch.errors import InputError

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]

TOP_SHARE = 0.01
"""Share of the cells that count as the top."""

SMALLEST_SAMPLE = 10
"""Fewest cells that statistics are computed for."""

_AT_ONCE = 2**22  # numbers of one step of a bootstrap


@dataclass(frozen=True)
class RankStatistics:
    """Rank statistics of a proxy on a sample, with their signs: positive where more is better.

    Attributes:
        cells: number of cells, draws of the same cell included.
        not_finite: number of further cells, whose value is not finite; they are left out.
        spearman: rank correlation.
        spearman_interval: 95 % bootstrap interval over cells; NaN without resamples.
        kendall: τ-b.
        kendall_interval: 95 % bootstrap interval.
        top: number of cells at the top: 1 %, at least one.
        top_precision: share of the proxy's top cells that are among the most accurate as many. Equal values share the
            places that are left.
    """

    cells: int
    not_finite: int
    spearman: float
    spearman_interval: Interval
    kendall: float
    kendall_interval: Interval
    top: int
    top_precision: float


def rank_statistics(
    values: npt.ArrayLike, accuracies: npt.ArrayLike, resamples: int = 1000, seed: int = 0
) -> RankStatistics:
    """Compare a proxy's values with accuracies.

    Args:
        values: value of each cell; those that are not finite are left out and counted.
        accuracies: accuracy of each cell.
        resamples: number of bootstrap samples; 0 for no intervals, as for a whole population, which has no error of
            sampling.
        seed: seed of the bootstrap.

    Raises:
        InputError: the lengths differ, an accuracy is not finite, or fewer than 10 values are finite.
    """
    given, truth = np.asarray(values, np.float64), np.asarray(accuracies, np.float64)
    if given.ndim != 1 or given.shape != truth.shape:
        raise InputError(f"a value and an accuracy for each cell are needed, got {given.shape} and {truth.shape}")
    if not np.isfinite(truth).all():
        raise InputError("an accuracy is not a finite number; leave its cell out")
    finite = np.isfinite(given)
    x, y = given[finite], truth[finite]
    if len(x) < SMALLEST_SAMPLE:
        raise InputError(f"rank statistics need at least {SMALLEST_SAMPLE} cells with finite values, got {len(x)}")
    spearmans, kendalls = _bootstrap(x, y, resamples, np.random.default_rng(seed))
    top = max(1, math.ceil(TOP_SHARE * len(x)))
    return RankStatistics(
        cells=len(x),
        not_finite=int((~finite).sum()),
        spearman=spearman(x, y),
        spearman_interval=_interval(spearmans),
        kendall=kendall(x, y),
        kendall_interval=_interval(kendalls),
        top=top,
        top_precision=float(_share_at_the_top(x, top) @ _share_at_the_top(y, top)) / top,
    )


def spearman(x: Floats, y: Floats) -> float:
    """Return Spearman's correlation; NaN if one side is constant."""
    return float(_correlations(stats.rankdata(x)[None], stats.rankdata(y)[None])[0])


def kendall(x: Floats, y: Floats) -> float:
    """Return Kendall's τ-b; NaN if one side is constant."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(stats.kendalltau(x, y).statistic)


def _bootstrap(x: Floats, y: Floats, resamples: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return both correlations of resampled cells."""
    spearmans, kendalls = np.empty(resamples), np.empty(resamples)
    step = max(1, _AT_ONCE // len(x))
    for start in range(0, resamples, step):
        rows = rng.integers(len(x), size=(min(step, resamples - start), len(x)))
        part = slice(start, start + len(rows))
        spearmans[part] = _correlations(stats.rankdata(x[rows], axis=1), stats.rankdata(y[rows], axis=1))
        kendalls[part] = _kendalls(x, y, rows)
    return spearmans, kendalls


def _correlations(x: Floats, y: Floats) -> Floats:
    """Return Pearson's correlation of each row of `x` with the same row of `y`."""
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        values: Floats = (x * y).sum(axis=1) / np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    return values


def _kendalls(x: Floats, y: Floats, rows: npt.NDArray[np.int64]) -> Floats:
    """Return τ-b of each resample.

    A resample is a multiplicity w of each cell, and the number of concordant minus discordant pairs is ½ wᵀSw with S
    the products of signs of differences. One matrix product does all resamples of a small sample.
    """
    if len(x) ** 2 > _AT_ONCE:
        return np.array([kendall(x[chosen], y[chosen]) for chosen in rows])
    weights = np.stack([np.bincount(chosen, minlength=len(x)) for chosen in rows]).astype(np.float64)
    signs_x, signs_y = (np.sign(side[:, None] - side[None, :]) for side in (x, y))
    sums = [((weights @ matrix) * weights).sum(axis=1) for matrix in (signs_x * signs_y, signs_x**2, signs_y**2)]
    with np.errstate(all="ignore"):
        values: Floats = sums[0] / np.sqrt(sums[1] * sums[2])
    return values


def _interval(values: Floats) -> Interval:
    if not len(values) or np.isnan(values).all():
        return (math.nan, math.nan)
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return (float(low), float(high))


def _share_at_the_top(values: Floats, top: int) -> Floats:
    """Return the probability of each cell to be among the `top` largest if equal values are in random order."""
    last = np.partition(values, -top)[-top]
    above, equal = values > last, values == last
    shares: Floats = above + equal * ((top - above.sum()) / equal.sum())
    return shares
