"""Budget: what one run of a search may spend."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.whole_numbers import whole_number

_MOST = 10**15
"""Largest number of evaluations or epochs: more than any run can make, and exact as a float64."""


@dataclass(frozen=True)
class Budget:
    """Limits of one run, which ends before the first evaluation that would exceed one of them.

    Attributes:
        seconds: largest sum of the evaluations' costs, simulated or real seconds; None for no limit.
        evaluations: largest number of evaluations; those that are free by deduplication are not counted.
        epochs: largest sum of the evaluations' epochs.

    Raises:
        InputError: no limit is given, or one is not a positive number; evaluations and epochs are whole numbers.
    """

    seconds: float | None = None
    evaluations: int | None = None
    epochs: int | None = None

    def __post_init__(self) -> None:
        if self.seconds is None and self.evaluations is None and self.epochs is None:
            raise InputError("a search needs a budget; give seconds, evaluations or epochs")
        if self.seconds is not None:
            object.__setattr__(self, "seconds", _seconds(self.seconds))
        for name in ("evaluations", "epochs"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, whole_number(f"the budget's {name}", value, 1, _MOST))

    @property
    def limits(self) -> tuple[float, float, float]:
        """Seconds, evaluations and epochs; infinite where there is no limit."""
        given = (self.seconds, self.evaluations, self.epochs)
        seconds, evaluations, epochs = (math.inf if value is None else float(value) for value in given)
        return seconds, evaluations, epochs

    def __str__(self) -> str:
        """Return the limits as text, such as `1e+07 s, 150 evaluations`."""
        parts = [
            None if self.seconds is None else f"{self.seconds:g} s",
            None if self.evaluations is None else f"{self.evaluations:,} evaluations",
            None if self.epochs is None else f"{self.epochs:,} epochs",
        ]
        return ", ".join(part for part in parts if part)


def _seconds(value: object) -> float:
    """Return the seconds as a Python number."""
    number = value.item() if isinstance(value, np.integer | np.floating) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise InputError(f"the budget's seconds must be a number, got {value!r}")
    if not 0 < number <= sys.float_info.max:
        raise InputError(f"the budget's seconds must be above 0 and finite, got {number!r}")
    return number
