"""A limit on the time between two proposals: an algorithm that hangs must not hang the search."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Protocol

from nasbench_pytorch.errors import InputError

DEFAULT_ASK_LIMIT_S = 600.0
"""Models of a few hundred cells learn in seconds; ten minutes mean a loop without an end."""


_LONGEST_S = 1e8
"""Three years: timers do not count much further."""


class Counted(Protocol):
    """What counts its steps, and says whether it waits for the algorithm: an evaluation may take hours."""

    steps: int
    waits_for_algorithm: bool


@contextlib.contextmanager
def ask_limit(name: str, counted: Counted, limit_s: float) -> Iterator[None]:
    """Raise an error in the block once an algorithm has taken `limit_s` to twice as many seconds for one step.

    It needs the main thread of a process on a system with interval timers; elsewhere there is no limit.

    Args:
        name: the algorithm's name in the message.
        counted: the run.
        limit_s: seconds; infinity is no limit.

    Raises:
        InputError: nothing has happened for so long.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    seen = -1

    def look(number: int, frame: FrameType | None) -> None:
        del number, frame
        nonlocal seen
        if counted.waits_for_algorithm and counted.steps == seen:
            raise InputError(
                f"{name} has proposed nothing for {limit_s:g} s; its code seems to run without an end (raise "
                "the limit with ask_limit_s, or --ask-limit-s, if it needs longer)"
            )
        seen = counted.steps

    previous = signal.signal(signal.SIGALRM, look)
    seconds = min(limit_s, _LONGEST_S)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
