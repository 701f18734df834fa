"""Trainings of NNI's database as rows: percents become fractions, evaluations are told apart by their epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.reading.scaled_numbers import fractions_of_percents, unscaled

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate

_ACCURACIES = ("train_accuracy", "validation_accuracy", "test_accuracy")


class NniRows:
    """Collector of trainings.

    Args:
        candidate: the database, for messages.
        configurations: cell and budget of each configuration.
    """

    def __init__(self, candidate: Candidate, configurations: dict[int, tuple[int, int]]) -> None:
        self._candidate, self._configurations = candidate, configurations
        self._cells: list[int] = []
        self._epochs: list[int] = []
        self._numbers: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        return len(self._cells)

    def add(self, training: tuple[Any, ...], evaluations: list[tuple[Any, ...]]) -> None:
        """Add a training."""
        number, configuration, _, long_time, *finals = training
        cell, epochs = self._configurations[configuration]
        by_epoch = {item[0]: item[1:] for item in evaluations}
        half, end = by_epoch.pop(epochs // 2, (None,) * 4), by_epoch.pop(epochs, None)
        if by_epoch or len(evaluations) > 2:
            raise self._wrong(
                number, f"has evaluations at {[item[0] for item in evaluations]!a:.60} of {epochs} epochs"
            )
        if end is not None and list(end[1:]) != finals:
            raise self._wrong(number, "has other final accuracies in nb101intermediatestats than in nb101trialstats")
        numbers = (*half, None if end is None else end[0], *finals, long_time)
        if not all(value is None or type(value) in (int, float) for value in numbers):
            raise self._wrong(number, "has a value that is no number")
        self._cells.append(cell)
        self._epochs.append(epochs)
        self._numbers.append(numbers)

    def _wrong(self, number: object, reason: str) -> InputError:
        return InputError(f"{self._candidate.path}: training {number!s:.20} {reason}; the file is damaged")

    def take(self, images: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], dict[str, Any], dict[str, Any]]:
        """Return cells, epochs, values and missing values of the trainings so far, and forget them."""
        cells, epochs = np.array(self._cells, np.int64), np.array(self._epochs, np.int64)
        table = np.array([[np.nan if value is None else value for value in row] for row in self._numbers], np.float64)
        table = table.reshape(len(cells), 9)
        absent = np.array([[value is None for value in row] for row in self._numbers], np.bool_).reshape(len(cells), 9)
        table[:, [1, 2, 3, 5, 6, 7]] = fractions_of_percents(table[:, [1, 2, 3, 5, 6, 7]], images)
        # The final evaluation has the time in seconds; without it, the training's own time is 60 times the seconds.
        table[:, 4] = np.where(absent[:, 4], unscaled(table[:, 8], 60.0), table[:, 4])
        absent[:, 4] &= absent[:, 8]
        names = [stage + name for stage in ("halfway_", "") for name in ("training_time", *_ACCURACIES)]
        values: dict[str, Any] = {name: table[:, place] for place, name in enumerate(names)}
        missing: dict[str, Any] = {name: absent[:, place] for place, name in enumerate(names)}
        values |= {
            "halfway_current_epoch": (epochs // 2).astype(np.float64),
            "current_epoch": epochs.astype(np.float64),
        }
        missing["halfway_current_epoch"] = absent[:, :4].all(axis=1)
        self._cells, self._epochs, self._numbers = [], [], []
        return cells, epochs, values, missing
