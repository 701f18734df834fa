"""Checks of single values from JSON."""

from __future__ import annotations

import math
from typing import Any

from nasbench_pytorch.errors import InputError


def number_or_nan(value: Any, name: str, place: str) -> float:
    """Return a number as a double; NaN for an absent value.

    Raises:
        InputError: the value is something else.
    """
    if value is None:
        return math.nan
    if type(value) in (int, float):
        try:
            return float(value)
        except OverflowError:
            pass
    raise InputError(f"{place}: {name} is {value!a:.40}, not a number")
