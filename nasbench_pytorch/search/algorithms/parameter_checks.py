"""Checks of parameters that several algorithms have."""

from __future__ import annotations

from nasbench_pytorch.search.whole_numbers import whole_number

MOST = 1_000_000
"""Largest population, pool and the like: twice as many as there are cells, and a memory of some hundred megabytes."""


def check_at_least(name: str, value: int, least: int = 1, most: int = MOST) -> int:
    """Return a parameter that is a whole number within bounds.

    Raises:
        InputError: it is not; the message names the parameter.
    """
    return whole_number(name, value, least, most)
