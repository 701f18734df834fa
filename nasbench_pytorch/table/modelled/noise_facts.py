"""Constants of the noise between trainings of a cell, each with its source.

"Records" are the 30 published cells of which all repeats are known: 108 trainings, 90 of them of 108 epochs.
"Relation" is that of the greatest of three validation accuracies to the mean test accuracy t at 108 epochs, measured on
25,000 published cells: .0487 + .9564 t.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.modelled.exact import piecewise_linear, powers

Floats = npt.NDArray[np.float64]

EVALUATION_IMAGES = 9984
FAILED_VALIDATION_CORRECT = 949
"""Right answers of a failed training, which calls every image an aeroplane: 188 of 220 failures have this number."""
FAILED_TEST_CORRECT = 1000

SAMPLING_SD = 0.0019
"""Standard deviation of a validation, or a test, accuracy around what the two share: .0027 / √2, from the spread of
their difference within the cells of the records."""


def validation_gap_108(test: Floats) -> Floats:
    """Mean validation minus mean test accuracy at 108 epochs: .0052 ± .0003 in the records, .0056 in all cells."""
    return np.asarray(0.0057 - 0.015 * (test - 0.905))


def repeat_sd_108(test: Floats) -> Floats:
    """Standard deviation of the validation accuracy between repeats of 108 epochs.

    What is left of the relation after the gap is .846 of it, the mean greatest of three normal numbers. .0034 at a test
    accuracy of .93, .0043 at .90, .0060 at .86; in the records .0036 above .915 and .0053 on the whole.
    """
    return np.asarray(np.clip(0.0043 - 0.0433 * (test - 0.90), 0.0026, 0.02))


def repeat_sd_variation(test: Floats) -> Floats:
    """Standard deviation between cells of `repeat_sd_108`, divided by it: bad cells differ more from each other."""
    return piecewise_linear(test, (0.88, 0.90, 0.93), (0.6, 0.36, 0.25))


def test_gap(validation: Floats) -> Floats:
    """Validation minus test accuracy of one training shorter than 108 epochs, by its validation accuracy (records)."""
    return piecewise_linear(validation, (0.1, 0.5, 0.7, 0.8, 0.88, 0.95), (0.0, 0.004, 0.0055, 0.0085, 0.0062, 0.005))


def train_accuracy(validation: Floats, epochs: int) -> Floats:
    """Final accuracy on training images, by validation accuracy: read off the records, few of them below 108 epochs."""
    if epochs <= 12:
        return np.asarray(halfway_train_accuracy(validation) - 0.015 * (epochs == 12) - 0.008 * (epochs == 4))
    # exp((0.92 - validation) / 0.025), by right answers: e**36.8 and e**(-40 / 9984)
    by_correct = 9594822260312742.0 * powers(0.9960016046978567, EVALUATION_IMAGES + 1)
    correct = np.round(validation * EVALUATION_IMAGES).clip(0, EVALUATION_IMAGES).astype(np.int64)
    missed = {36: 0.0007, 108: 0.00003}[epochs] * by_correct[correct]
    return np.asarray(1 - np.minimum(missed, 0.9 * (1 - validation)))


def halfway_train_accuracy(validation: Floats) -> Floats:
    """Accuracy on training images at half of the epochs (fit to 90 records, standard deviation .008)."""
    return np.asarray(0.0723 * validation**2 + 1.0242 * validation - 0.0118)


HALFWAY_TRAIN_SD = 0.008

HALFWAY = {108: (0.685, 3.8, 0.905), 36: (0.63, 3.0, 0.87), 12: (0.50, 0.7, 0.56), 4: (0.115, 0.1, 0.25)}
"""Epochs → mean halfway validation accuracy, its slope against the final one, and the final one where it is the mean.
108 epochs from 90 records; the others from six trainings each."""
HALFWAY_SD = {108: (0.063, 0.079), 36: (0.05, 0.10), 12: (0.06, 0.08), 4: (0.01, 0.012)}
"""Epochs → standard deviation between cells of one final accuracy, and between repeats of a cell."""

TIME = {108: (0.0, 1.0), 36: (8.5, 0.3361), 12: (22.6, 0.1086), 4: (26.3, 0.0371)}
"""Epochs → seconds and slope that give the training time from that of 108 epochs (two cells at all budgets)."""
TIME_SD = 0.0016
"""Relative standard deviation of the training time between repeats (records)."""
HALFWAY_TIME = 0.49977
"""Share of the training time at half of the epochs (records; standard deviation .0005)."""
