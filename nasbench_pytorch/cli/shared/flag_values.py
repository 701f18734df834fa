"""Checks of flag values that hold for every flag of every command."""

from __future__ import annotations

import dataclasses
import math
import os
from pathlib import Path
from typing import Any

from nasbench_pytorch.errors import InputError

_LARGEST = 2**63 - 1


def check_values(parsed: Any) -> None:
    """Check every value of a parsed dataclass, nested ones included.

    Raises:
        InputError: a number is not finite or has more than 64 bits, or a text or path holds characters that no file
            name and no message can have.
    """
    for field in dataclasses.fields(parsed):
        value = getattr(parsed, field.name)
        if dataclasses.is_dataclass(value):
            check_values(value)
            continue
        flag = f"--{field.name.replace('_', '-')}"
        for item in value if isinstance(value, tuple) else (value,):
            _check(flag, item)


def _check(flag: str, value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{flag} must be a finite number, got {value}")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise InputError(f"{flag} {str(value)[:24]}…: give a number of at most 64 bits")
    if isinstance(value, str | Path):
        text = os.fspath(value)
        if "\0" in text:
            raise InputError(f"{flag} {text!r}: a text without null characters is needed")
        try:
            os.fsencode(text)
        except UnicodeEncodeError:
            raise InputError(f"{flag} {text!r}: it holds characters that no file name can have") from None
