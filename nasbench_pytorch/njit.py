"""Decorator of every function that numba compiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def njit(function: Function) -> Function:
    """Compile a function to code that runs without the GIL, and cache the machine code on disk.

    The cache is beside the source, else in numba's cache folder of the user. Where neither is writable, every process
    compiles the function again.
    """
    try:
        return cast("Function", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast("Function", numba.njit(nogil=True)(function))
