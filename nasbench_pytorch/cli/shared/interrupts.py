"""Ctrl-C while modules are imported."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

_as_program = False


def run_as_program() -> None:
    """Say that this process is the command `nasbench`, and may be ended at any time before its work begins."""
    global _as_program
    _as_program = True


@contextlib.contextmanager
def exit_at_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end the process at once while modules are imported in the block.

    An exception in the middle of an import can abort the process with a C++ message, or leave half a module behind.
    Nothing is lost: no work has begun.
    """
    try:
        previous = signal.signal(signal.SIGINT, _exit) if _as_program else None
    except ValueError:  # not the main thread
        previous = None
    try:
        yield
    finally:
        if previous is not None:
            signal.signal(signal.SIGINT, previous)


def _exit(number: int, frame: FrameType | None) -> None:
    del frame
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"nasbench: interrupted\n")
    os._exit(128 + number)
