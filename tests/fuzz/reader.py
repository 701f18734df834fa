"""What a fuzzed reader is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class WrongReadError(AssertionError):
    """A changed file was read, and gave other values than it holds."""


@dataclass(frozen=True)
class FuzzedReader:
    """A reader and its files.

    Attributes:
        ending: of the files' names.
        make: writes a sound file into a folder and returns its bytes.
        change: returns other bytes.
        read: reads all of a file; what it returns does not matter. An `InputError` is a refusal; a `WrongReadError` and
            any other exception is a fault.
        weight: share of the inputs, beside the other readers'; small for a slow reader.
    """

    ending: str
    make: Callable[[Path], bytes]
    change: Callable[[bytes, random.Random], bytes]
    read: Callable[[Path], object]
    weight: float = 1.0
