"""Three trainings at each of four budgets for every cell, drawn around the means of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.modelled import noise_facts as facts
from nasbench_pytorch.table.modelled.at_full_budget import Trainings, full_budget, healthy_test
from nasbench_pytorch.table.modelled.exact import piecewise_linear

if TYPE_CHECKING:
    from nasbench_pytorch.table.modelled.cell_means import CellMeans
    from nasbench_pytorch.table.modelled.hashed_draws import Floats, HashedDraws

Counts = npt.NDArray[np.uint16]
BUDGETS = (4, 12, 36, 108)
REPEATS = 3
LARGEST_SURPRISE = 0.03
"""Beyond it a known accuracy tells no more about shorter trainings: such a cell is one that the model does not know."""


@dataclass(frozen=True)
class ModelledRows:
    """Rows of N cells at one budget, shape (N, 3) each; accuracies as uint16 right answers of 9,984 images.

    Attributes:
        validation: final evaluation on validation images.
        test: on test images.
        train: on training images.
        time_s: training time, float32.
        halfway_validation: at half of the epochs; so the others.
        halfway_test: as above.
        halfway_train: as above.
        halfway_time_s: as above.
    """

    validation: Counts
    test: Counts
    train: Counts
    time_s: npt.NDArray[np.float32]
    halfway_validation: Counts
    halfway_test: Counts
    halfway_train: Counts
    halfway_time_s: npt.NDArray[np.float32]


def model_rows(
    means: CellMeans, draws: HashedDraws, epochs: int, test_correct: npt.NDArray[np.int64] | None = None
) -> ModelledRows:
    """The three trainings of every cell at one budget.

    Args:
        means: what they are drawn around.
        draws: random numbers by the cells' hashes, in the same order.
        epochs: 4, 12, 36 or 108.
        test_correct: right answers of the three trainings of 108 epochs together, of 29,952, where they are known: the
            repeats then have exactly this sum. None takes the means' own.
    """
    if epochs == BUDGETS[-1]:
        trainings = full_budget(means, draws, test_correct)
    else:
        trainings = _short_budget(means, draws, epochs, test_correct)
    halfway = _halfway(trainings, draws, epochs)
    fixed, slope = facts.TIME[epochs]
    per_repeat = [1 + facts.TIME_SD * draws.normal("time", _place(epochs, repeat)) for repeat in range(REPEATS)]
    time_s = (fixed + slope * means.time_s)[:, None] * np.stack(per_repeat, axis=1)
    train = _train(trainings.validation, facts.train_accuracy(trainings.validation, epochs), trainings.failed)
    noise = facts.HALFWAY_TRAIN_SD * _normals(draws, "h.trai", epochs)
    halfway_train = _train(halfway, facts.halfway_train_accuracy(halfway) + noise, trainings.failed)
    sampling = 1.4 * facts.SAMPLING_SD * _normals(draws, "h.test", epochs)
    halfway_test = np.where(trainings.failed, halfway, halfway - facts.test_gap(halfway) + sampling)
    return ModelledRows(
        validation=_of_images(trainings.validation),
        test=_of_images(trainings.test),
        train=_of_images(train),
        time_s=time_s.astype(np.float32),
        halfway_validation=_of_images(halfway),
        halfway_test=_of_images(halfway_test),
        halfway_train=_of_images(halfway_train),
        halfway_time_s=(time_s * facts.HALFWAY_TIME).astype(np.float32),
    )


def _short_budget(
    means: CellMeans, draws: HashedDraws, epochs: int, test_correct: npt.NDArray[np.int64] | None
) -> Trainings:
    """Trainings of 4, 12 or 36 epochs: a deviation drawn from those seen at this accuracy, and failures at 36."""
    mean, levels, residuals = means.validation[epochs], means.levels[epochs], means.residuals[epochs]
    if test_correct is not None:
        mean = mean + means.test_slopes[epochs] * _surprise(means, test_correct)
    steps = residuals.shape[1] - 1
    place = piecewise_linear(mean, levels.tolist(), list(range(len(levels))))
    below = np.minimum(place.astype(np.int64), len(levels) - 2)
    above_share = place - below
    validation = np.empty((len(mean), REPEATS))
    failed = np.zeros(validation.shape, dtype=bool)
    for repeat in range(REPEATS):
        quantile = draws.uniform("short", _place(epochs, repeat)) * steps
        left = quantile.astype(np.int64)
        share = quantile - left
        pair = [residuals[rows, left] * (1 - share) + residuals[rows, left + 1] * share for rows in (below, below + 1)]
        validation[:, repeat] = mean + pair[0] * (1 - above_share) + pair[1] * above_share
        if epochs == 36:
            failed[:, repeat] = draws.uniform("failed", repeat) < means.failure
    sampling = 1.4 * facts.SAMPLING_SD * _normals(draws, "s.test", epochs)
    test = validation - facts.test_gap(validation) + sampling
    validation[failed] = facts.FAILED_VALIDATION_CORRECT / facts.EVALUATION_IMAGES
    test[failed] = facts.FAILED_TEST_CORRECT / facts.EVALUATION_IMAGES
    return Trainings(validation, test, failed)


def _surprise(means: CellMeans, test_correct: npt.NDArray[np.int64]) -> Floats:
    """Return how much better cells are than predicted, by the known mean test accuracy of trainings that succeeded."""
    failures, known = healthy_test(means, test_correct)
    difference = known - means.test_correct / (REPEATS * facts.EVALUATION_IMAGES)
    return np.where(failures == REPEATS, 0, difference.clip(-LARGEST_SURPRISE, LARGEST_SURPRISE))


def _halfway(trainings: Trainings, draws: HashedDraws, epochs: int) -> Floats:
    level, slope, centre = facts.HALFWAY[epochs]
    of_cell, of_repeat = facts.HALFWAY_SD[epochs]
    expected = (
        level + slope * (trainings.validation - centre) + of_cell * draws.normal("h.cell", _place(epochs, 0))[:, None]
    )
    halfway = expected + of_repeat * _normals(draws, "h.val", epochs)
    below_final = np.minimum(halfway, trainings.validation - 0.01)
    return np.where(trainings.failed, trainings.validation, np.maximum(below_final, 0.085 + 0.02 * (halfway % 1)))


def _train(validation: Floats, expected: Floats, failed: npt.NDArray[np.bool_]) -> Floats:
    return np.where(failed, validation, expected)


def _normals(draws: HashedDraws, quantity: str, epochs: int) -> Floats:
    return np.stack([draws.normal(quantity, _place(epochs, repeat)) for repeat in range(REPEATS)], axis=1)


def _place(epochs: int, repeat: int) -> int:
    """Number of a draw among those of one quantity."""
    return BUDGETS.index(epochs) * REPEATS + repeat


def _of_images(accuracies: Floats) -> Counts:
    """Accuracies as right answers."""
    return np.round(accuracies * facts.EVALUATION_IMAGES).clip(0, facts.EVALUATION_IMAGES).astype(np.uint16)
