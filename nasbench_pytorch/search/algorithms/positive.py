"""Checks of parameters that several algorithms have."""

from __future__ import annotations

from nasbench_pytorch.errors import InputError


def check_positive(name: str, value: int) -> int:
    """Return a parameter that is an integer of at least 1.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{name} must be an integer of at least 1, got {value!r}")
    return value
