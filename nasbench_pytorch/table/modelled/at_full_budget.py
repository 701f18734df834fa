"""The three trainings of 108 epochs, whose test accuracies have a given mean exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.modelled import noise_facts as facts

if TYPE_CHECKING:
    from nasbench_pytorch.table.modelled.cell_means import CellMeans
    from nasbench_pytorch.table.modelled.hashed_draws import HashedDraws

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_FEWEST_CORRECT = (1987, 3654, 6440)
"""Mean right answers of 9,984 below which three, two or one of three trainings have failed: .199, .366 and .645. With a
failure and a higher mean the others would be better than .90 or .917, which trainings of cells that fail seldom are."""


@dataclass(frozen=True)
class Trainings:
    """Three trainings of each of N cells at one budget, shape (N, 3).

    Attributes:
        validation: validation accuracies.
        test: test accuracies.
        failed: which failed.
    """

    validation: Floats
    test: Floats
    failed: npt.NDArray[np.bool_]


def full_budget(means: CellMeans, draws: HashedDraws, test_correct: Integers | None) -> Trainings:
    """Trainings of 108 epochs around the means, or with exactly these sums of right answers.

    Repeats deviate from their cell's test mean by noise that validation and test share and by noise of each alone; the
    deviations of test are centred, so that the mean stays.
    """
    failures, healthy = healthy_test(means, test_correct)
    if test_correct is None:
        of_healthy = np.round(healthy * (3 - failures) * facts.EVALUATION_IMAGES).astype(np.int64)
        total = of_healthy + failures * facts.FAILED_TEST_CORRECT
    else:
        total = test_correct.astype(np.int64)
    failed = _which_failed(failures, draws)
    shared, of_validation, of_test = _deviations(healthy, draws)
    alive = np.maximum((~failed).sum(axis=1, keepdims=True), 1)
    test_noise = np.where(failed, 0, shared + of_test)
    centre = test_noise.sum(axis=1, keepdims=True) / alive
    test = healthy[:, None] + test_noise - centre
    validation = test + facts.validation_gap_108(healthy)[:, None] + of_validation - of_test
    validation = np.where(failed, facts.FAILED_VALIDATION_CORRECT / facts.EVALUATION_IMAGES, validation)
    return Trainings(validation, _exact(test, failed, total), failed)


def healthy_test(means: CellMeans, test_correct: Integers | None) -> tuple[Integers, Floats]:
    """Return how many of each cell's three trainings failed, and the mean test accuracy of the others."""
    if test_correct is None:
        return means.failed_of_three.astype(np.int64), means.test_correct / (3 * facts.EVALUATION_IMAGES)
    total = test_correct.astype(np.int64)
    failures = failed_by_mean(total)
    of_healthy = total - failures * facts.FAILED_TEST_CORRECT
    return failures, of_healthy / np.maximum(3 - failures, 1) / facts.EVALUATION_IMAGES


def failed_by_mean(test_correct: Integers) -> Integers:
    """How many of three trainings have failed, told from the sum of their right answers of 29,952."""
    failures: Integers = np.sum([test_correct < 3 * fewest for fewest in _FEWEST_CORRECT], axis=0)
    return failures


def _deviations(healthy: Floats, draws: HashedDraws) -> tuple[Floats, Floats, Floats]:
    unlike = 1 + facts.repeat_sd_variation(healthy) * (draws.normal("scale") ** 2 - 1) / 1.304  # mean 1, skewed
    repeat_sd = facts.repeat_sd_108(healthy) * unlike
    together = np.sqrt(np.maximum(repeat_sd**2 - facts.SAMPLING_SD**2, 0.0008**2))
    parts = [
        np.stack([draws.normal(name, repeat) for repeat in range(3)], axis=1) for name in ("both", "valid", "test")
    ]
    return together[:, None] * parts[0], facts.SAMPLING_SD * parts[1], facts.SAMPLING_SD * parts[2]


def _which_failed(failures: Integers, draws: HashedDraws) -> npt.NDArray[np.bool_]:
    first = (draws.bits("which") % np.uint64(3)).astype(np.int64)
    order = (np.arange(3) + first[:, None]) % 3
    failed: npt.NDArray[np.bool_] = order < failures[:, None]
    return failed


def _exact(test: Floats, failed: npt.NDArray[np.bool_], total: Integers) -> Floats:
    """Test accuracies in whole right answers that add up to the total.

    What rounding has lost or added goes to the healthy trainings, one answer each in turn; where all failed, their
    right answers share the total.
    """
    correct = np.where(failed, facts.FAILED_TEST_CORRECT, np.round(test * facts.EVALUATION_IMAGES)).astype(np.int64)
    bearers = np.where(failed.all(axis=1, keepdims=True), True, ~failed)
    count, rank = bearers.sum(axis=1, keepdims=True), np.cumsum(bearers, axis=1) - 1
    missing = (total - correct.sum(axis=1))[:, None]
    whole, rest = np.divmod(missing, count)
    correct += np.where(bearers, whole + (rank < rest), 0)
    return correct.clip(0, facts.EVALUATION_IMAGES) / facts.EVALUATION_IMAGES
