"""Three trainings at each of four budgets for every cell, drawn around the means of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.modelled import noise_facts as facts
from nasbench_pytorch.table.modelled.at_full_budget import Trainings, full_budget

if TYPE_CHECKING:
    from nasbench_pytorch.table.modelled.cell_means import CellMeans
    from nasbench_pytorch.table.modelled.hashed_draws import Floats, HashedDraws

BUDGETS = (4, 12, 36, 108)
REPEATS = 3


@dataclass(frozen=True)
class ModelledRows:
    """Rows of N cells at one budget, float32, shape (N, 3) each; accuracies are k / 9984.

    Attributes:
        validation: final validation accuracy.
        test: final test accuracy.
        train: final accuracy on training images.
        time_s: training time.
        halfway_validation: at half of the epochs; so the others.
        halfway_test: as above.
        halfway_train: as above.
        halfway_time_s: as above.
    """

    validation: npt.NDArray[np.float32]
    test: npt.NDArray[np.float32]
    train: npt.NDArray[np.float32]
    time_s: npt.NDArray[np.float32]
    halfway_validation: npt.NDArray[np.float32]
    halfway_test: npt.NDArray[np.float32]
    halfway_train: npt.NDArray[np.float32]
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
    trainings = full_budget(means, draws, test_correct) if epochs == 108 else _short_budget(means, draws, epochs)
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


def _short_budget(means: CellMeans, draws: HashedDraws, epochs: int) -> Trainings:
    """Trainings of 4, 12 or 36 epochs: a deviation drawn from those seen at this accuracy, and failures at 36."""
    mean, levels, residuals = means.validation[epochs], means.levels[epochs], means.residuals[epochs]
    steps = residuals.shape[1] - 1
    place = np.interp(mean, levels, np.arange(len(levels)))
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


def _of_images(accuracies: Floats) -> npt.NDArray[np.float32]:
    """Accuracies as whole numbers of evaluation images."""
    correct = np.round(accuracies * facts.EVALUATION_IMAGES).clip(0, facts.EVALUATION_IMAGES)
    return (correct / facts.EVALUATION_IMAGES).astype(np.float32)
