"""The modelled means of each cell, around which repeats are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.modelled.exact import powers

Floats = npt.NDArray[np.float64]
PREDICTED = Path(__file__).parent.parent.parent / "data" / "predicted.npz"

CORRECT_OF = 29952
"""Evaluation images of three repeats: a mean of three is a whole number of them."""
TIME_FACTOR = 1.001
ODDS_FACTOR = 1.05
"""Times and odds of a failure are stored as whole powers of these."""
ACCURACY_STEPS = {4: 0.002, 12: 0.002, 36: 0.0004}
"""Resolution of the stored validation accuracies, far below the noise of one repeat."""


@dataclass(frozen=True)
class CellMeans:
    """Means of N cells, in the order of `enumerate_cells()`.

    Attributes:
        test_correct: int64, shape (N,): mean test accuracy at 108 epochs of trainings that do not fail, times 29,952.
        validation: epochs → mean validation accuracy of trainings that do not fail, for 4, 12 and 36 epochs.
        time_s: training time of 108 epochs.
        failure: probability that one training fails.
        failed_of_three: uint8: how many of the three trainings of 108 epochs failed.
        test_slopes: epochs → how much a cell's mean validation accuracy differs from `validation` when its mean test
            accuracy at 108 epochs differs by 1 from `test_correct`.
        levels: epochs → accuracies at which `residuals` are known, shape (L,).
        residuals: epochs → shape (L, Q): quantiles of one training's deviation from the mean, at equal steps of
            probability from 0 to 1.
    """

    test_correct: npt.NDArray[np.int64]
    validation: dict[int, Floats]
    time_s: Floats
    failure: Floats
    failed_of_three: npt.NDArray[np.uint8]
    test_slopes: dict[int, float]
    levels: dict[int, Floats]
    residuals: dict[int, Floats]

    def save(self, path: Path) -> None:
        """Write the compact file: some six bytes a cell."""
        against = np.log((1 - self.failure) / self.failure) / np.log(ODDS_FACTOR)
        columns: dict[str, npt.NDArray[Any]] = {
            "test_correct": self.test_correct.astype(np.uint16),
            "time": np.round(np.log(self.time_s) / np.log(TIME_FACTOR)).astype(np.uint16),
            "failure": np.round(against.clip(0, 255)).astype(np.uint8),
            "failed_of_three": self.failed_of_three,
            "test_slopes": np.array([self.test_slopes[epochs] for epochs in ACCURACY_STEPS], np.float32),
        }
        for epochs, accuracies in self.validation.items():
            columns[f"validation_{epochs}"] = np.round(accuracies / ACCURACY_STEPS[epochs]).astype(np.uint16)
            columns[f"levels_{epochs}"] = self.levels[epochs].astype(np.float32)
            columns[f"residuals_{epochs}"] = self.residuals[epochs].astype(np.float32)
        # Low and high bytes apart: the high ones of neighbours agree, and compress.
        for name, values in list(columns.items()):
            if values.dtype == np.uint16:
                columns[name] = values.view(np.uint8).reshape(-1, 2).T.copy()
        np.savez_compressed(path, **columns)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path = PREDICTED) -> CellMeans:
        """Read what `save` wrote; without a path the means that come with the package.

        Raises:
            OSError: the file cannot be read.
        """
        with np.load(path) as stored:
            columns = {name: _joined(stored[name]) for name in stored.files}
        return cls(
            test_correct=columns["test_correct"].astype(np.int64),
            validation={epochs: columns[f"validation_{epochs}"] * step for epochs, step in ACCURACY_STEPS.items()},
            time_s=powers(TIME_FACTOR, 1 << 14)[columns["time"]],
            failure=1 / (1 + powers(ODDS_FACTOR, 256)[columns["failure"]]),
            failed_of_three=columns["failed_of_three"],
            test_slopes=dict(zip(ACCURACY_STEPS, columns["test_slopes"].tolist(), strict=True)),
            levels={epochs: columns[f"levels_{epochs}"].astype(np.float64) for epochs in ACCURACY_STEPS},
            residuals={epochs: columns[f"residuals_{epochs}"].astype(np.float64) for epochs in ACCURACY_STEPS},
        )


def _joined(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if values.dtype == np.uint8 and values.ndim == 2:
        return np.ascontiguousarray(values.T).view(np.uint16)[:, 0]
    return values
