"""How well a predictor that knew every cell's expected accuracy would rank noisy measurements of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.stats import kendalltau

from benchmarks.predicted.sample import FAILED_BELOW
from nasbench_pytorch.table.modelled.cell_means import CORRECT_OF
from nasbench_pytorch.table.modelled.noise_facts import EVALUATION_IMAGES

if TYPE_CHECKING:
    from nasbench_pytorch.table.modelled.cell_means import CellMeans
    from nasbench_pytorch.table.modelled.repeats import ModelledRows

Floats = npt.NDArray[np.float64]
CELLS = 25_000
SHORTEST_TO_TELL_A_FAILURE = 12


def noise_ceilings(rows: dict[int, ModelledRows], means: CellMeans) -> dict[str, float]:
    """Kendall's τ of the expected accuracy with what is measured, in the modelled table; failed trainings apart.

    The repeats of the short budgets are drawn around the shipped mean, which is what a perfect predictor would know.
    Those of 108 epochs are centred on it: their deviations are first widened to those from an unknown mean.
    """
    cells = np.random.default_rng(0).choice(len(means.test_correct), CELLS, replace=False)
    cells = cells[means.failed_of_three[cells] == 0]
    ceilings = {}
    for epochs, accuracies in means.validation.items():
        single = rows[epochs].validation[cells, 0] / EVALUATION_IMAGES
        usual = single > FAILED_BELOW if epochs > SHORTEST_TO_TELL_A_FAILURE else single >= 0
        ceilings[f"single_validation_{epochs}"] = _kendall(accuracies[cells][usual], single[usual])
    expected = means.test_correct[cells] / CORRECT_OF
    validation, test = (_widened(values[cells], expected) for values in (rows[108].validation, rows[108].test))
    ceilings["single_validation_108"] = _kendall(expected, validation[:, 0])
    ceilings["best_of_three_validation_108"] = _kendall(expected, validation.max(axis=1))
    ceilings["mean_test_108"] = _kendall(expected, test.mean(axis=1))
    return ceilings


def _widened(correct: npt.NDArray[np.uint16], expected: Floats) -> Floats:
    """Three repeats around an expected accuracy instead of their own mean, with newly drawn noise."""
    repeats = correct / EVALUATION_IMAGES
    gap = float((repeats.mean(axis=1) - expected).mean())
    own = repeats - repeats.mean(axis=1, keepdims=True)
    of_mean = own.std(axis=1, ddof=1) / np.sqrt(3) * np.random.default_rng(1).standard_normal(len(own))
    return np.asarray(expected[:, None] + gap + own + of_mean[:, None])


def _kendall(one: Floats, other: Floats) -> float:
    return float(kendalltau(one, other).statistic)
