"""Checks of whole numbers that a user gives."""

from __future__ import annotations

import numpy as np

from nasbench_pytorch.errors import InputError

MOST_RUNS = 1_000_000
"""Largest number of runs of a search; the publications have 500."""

MOST_EPOCHS = 32_767
"""Largest budget of an evaluation, the largest number in a history's column."""


def whole_number(what: str, value: object, least: int = 1, most: int | None = None) -> int:
    """Return a value that is a whole number within bounds, as a Python integer.

    Args:
        what: its name, the beginning of the message.
        value: what the user gave.
        least: smallest allowed number.
        most: largest allowed number; None for no limit.

    Raises:
        InputError: it is of another type (a bool, 5.0 or a text, too), or out of bounds.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise InputError(f"{what} must be a whole number, got {value!r}")
    if value < least:
        raise InputError(f"{what} must be at least {least:,}, got {value!s}")
    if most is not None and value > most:
        raise InputError(f"{what} must be at most {most:,}, got {value!s}")
    return int(value)
