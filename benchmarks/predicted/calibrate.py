"""From what the models predict to what ships: the selection undone, the distributions those of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator
from scipy.stats import iqr, rankdata

from benchmarks.predicted import facts

if TYPE_CHECKING:
    from nasbench_pytorch.table.modelled.hashed_draws import HashedDraws

Floats = npt.NDArray[np.float64]
LEVELS, QUANTILES = 24, 129
LOWEST_TEST = 0.30
USUAL_ERROR = 0.01


def failed_of_three(failure: Floats, draws: HashedDraws) -> npt.NDArray[np.uint8]:
    """How many of a cell's three long trainings fail: as many cells of each kind as in the table.

    The cells are ranked by the log odds of a failure plus logistic noise from their hash, which makes a cell's chance
    to be among the first proportional to its odds where those are small.
    """
    chance = draws.uniform("failed", 63)
    order = np.argsort(-(np.log(failure / (1 - failure)) + np.log(chance / (1 - chance))), kind="stable")
    failed = np.zeros(len(failure), dtype=np.uint8)
    start = 0
    for count, cells in facts.FAILED_CELLS.items():
        number = round(cells * len(failure) / facts.CELLS)
        failed[order[start : start + number]] = count
        start += number
    return failed


def test_means(score: Floats, healthy: npt.NDArray[np.bool_], best_of_three: Floats) -> Floats:
    """Mean test accuracy at 108 epochs from any score in the same order.

    The score decides a cell's rank, the known quantiles its accuracy. Below the lowest known quantile the shape is
    that of the sample's validation accuracies, its selection undone.

    Args:
        score: of N cells.
        healthy: which cells have no failed training; the quantiles of the others are those below.
        best_of_three: validation accuracies of the sample.
    """
    ranked = np.searchsorted(np.sort(score[healthy]), score, side="left") + 0.5
    share = np.clip(ranked / healthy.sum(), 0, 1)
    return np.clip(test_quantiles(best_of_three)(share), LOWEST_TEST, facts.BEST_TEST)


def test_quantiles(best_of_three: Floats) -> PchipInterpolator:
    """Mean test accuracy of healthy cells by their share from the worst (0) to the best (1)."""
    failed = sum(facts.FAILED_CELLS.values())
    healthy = facts.CELLS - failed
    known = {(share * facts.CELLS - failed) / healthy: value for share, value in facts.TEST_QUANTILES.items()}
    first = min(known)
    intercept, slope = facts.SELECTION
    lower = np.array([0.0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, first])
    undone = (np.quantile(best_of_three, lower) - intercept) / slope
    known |= dict(zip(lower.tolist(), (undone - undone[-1] + known[first]).tolist(), strict=True))
    for distance, cells in facts.CELLS_FROM_THE_BEST.items():
        known[1 - (cells - 0.25) / healthy] = facts.BEST_TEST - distance
    known[1 - 0.5 / healthy] = facts.BEST_TEST
    shares = np.array(sorted(known))
    return PchipInterpolator(shares, np.array([known[share] for share in shares]))


def without_facts(score: Floats, best_of_three: Floats) -> Floats:
    """Mean test accuracies by the sample's distribution and the relation of the greatest of three alone."""
    intercept, slope = facts.SELECTION
    share = (rankdata(score) - 0.5) / len(score)
    return np.asarray((np.quantile(best_of_three, share) - intercept) / slope)


def validation_means(expected: Floats, singles: Floats, repeat_sd: float) -> Floats:
    """Mean validation accuracies whose repeats scatter as the sample's single trainings do.

    Expected values vary less than the means do, since no model explains all; quantiles of single trainings vary more,
    since they hold the noise. The mixture of both whose variance and that of the noise add up to that of the singles.

    Args:
        expected: of N cells.
        singles: of the sample, one training a cell.
        repeat_sd: of repeats of one cell.
    """
    by_rank = np.quantile(singles, (rankdata(expected) - 0.5) / len(expected))
    wanted = max(singles.var() - repeat_sd**2, 0)
    shares = np.linspace(0, 1, 101)
    variances = np.array([((1 - share) * expected + share * by_rank).var() for share in shares])
    share = shares[np.argmin(np.abs(variances - wanted))]
    return np.asarray((1 - share) * expected + share * by_rank)


def residual_quantiles(means: Floats, singles: Floats, repeat_sd: float) -> tuple[Floats, Floats]:
    """How single trainings deviate from the mean, by its level: levels, and quantiles of the deviations at each.

    The shape is that of the residuals of cells that the model had not seen, centred and shrunk to the known noise
    between repeats, since a residual also holds what the model does not know of its cell.
    """
    order = np.argsort(means, kind="stable")
    groups = np.array_split(order, LEVELS)
    levels = np.array([means[group].mean() for group in groups])
    deviations = [singles[group] - means[group] for group in groups]
    typical = [iqr(values, scale="normal") for values in deviations]
    shrink = min(1.0, repeat_sd / float(np.median(typical)))
    probabilities = np.linspace(0.002, 0.998, QUANTILES)
    return levels, np.stack([shrink * np.quantile(values - values.mean(), probabilities) for values in deviations])


def test_slopes(expected: Floats, measured: Floats) -> list[float]:
    """Return how validation accuracies of 4, 12 and 36 epochs follow what the model does not know of a test accuracy.

    Both show in what is left of the sample's accuracies after the prediction. At 108 epochs that is the greatest of
    three validation accuracies, which tells about as much of a cell as the mean of three test accuracies does.

    Args:
        expected: of cells that the model has not learnt from, at 4, 12, 36 and 108 epochs, shape (N, 4).
        measured: single trainings, and the greatest of three at 108 epochs, same shape.
    """
    left = measured - expected
    usual = np.abs(left[:, 3]) < USUAL_ERROR
    left = left[usual] - left[usual].mean(axis=0)
    return [float(np.mean(left[:, column] * left[:, 3]) / left[:, 3].var() * facts.SELECTION[1]) for column in range(3)]
