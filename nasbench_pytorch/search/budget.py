"""Budget: what one run of a search may spend."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from nasbench_pytorch.errors import InputError

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
        InputError: no limit is given, or one is not a positive number.
    """

    seconds: float | None = None
    evaluations: int | None = None
    epochs: int | None = None

    def __post_init__(self) -> None:
        if self.seconds is None and self.evaluations is None and self.epochs is None:
            raise InputError("a search needs a budget; give seconds, evaluations or epochs")
        if self.seconds is not None and not 0 < self.seconds <= sys.float_info.max:
            raise InputError(f"the budget's seconds must be above 0 and finite, got {self.seconds!r}")
        for name, value in (("evaluations", self.evaluations), ("epochs", self.epochs)):
            if value is not None and value < 1:
                raise InputError(f"the budget's {name} must be at least 1, got {value!r}")
            if value is not None and value > _MOST:
                raise InputError(f"the budget's {name} must be at most {_MOST:,}, got {value!r}")

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
