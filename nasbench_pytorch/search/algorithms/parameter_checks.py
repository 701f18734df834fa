"""Checks of parameters that several algorithms have."""

from __future__ import annotations

from nasbench_pytorch.errors import InputError


def check_at_least(name: str, value: int, least: int = 1) -> int:
    """Return a parameter that is an integer of at least `least`.

    Raises:
        InputError: it is not; the message names the parameter.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"{name} must be an integer of at least {least}, got {value!r}")
    return value
