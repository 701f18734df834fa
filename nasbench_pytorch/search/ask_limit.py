"""A limit on the time of a proposal, so that an algorithm that never returns does not block a search."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Protocol

from nasbench_pytorch.errors import InputError

DEFAULT_ASK_LIMIT_S = 600.0
"""The slowest algorithms of this package take seconds for a proposal; ten minutes mean an endless loop."""

_LONGEST_LIMIT_S = 1e8
"""Three years; interval timers refuse much larger values."""


class Watched(Protocol):
    """What a limit watches: a run.

    Attributes:
        steps: number of steps so far.
        waits_for_algorithm: whether the algorithm is working. An evaluation, which may take hours, has no limit.
    """

    steps: int
    waits_for_algorithm: bool


class _TimeIsUp(BaseException):
    """Raised in the algorithm's code. It is no `Exception`, so `except Exception` in that code does not swallow it."""


@contextlib.contextmanager
def ask_limit(what: str, watched: Watched, limit_s: float) -> Iterator[None]:
    """Raise an error in the block if the algorithm takes longer than the limit for one step.

    A timer checks every `limit_s` seconds, so the error comes after `limit_s` to twice as many seconds. The limit works
    in the main thread of a process on a system with interval timers; elsewhere there is none.

    Args:
        what: what has not happened, the beginning of the message.
        watched: the run.
        limit_s: seconds; infinity is no limit.

    Raises:
        InputError: the algorithm has made no step between two checks.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    steps_before = -1

    def check(number: int, frame: FrameType | None) -> None:
        del number, frame
        nonlocal steps_before
        if watched.waits_for_algorithm and watched.steps == steps_before:
            raise _TimeIsUp
        steps_before = watched.steps

    previous = signal.signal(signal.SIGALRM, check)
    interval_s = min(limit_s, _LONGEST_LIMIT_S)
    signal.setitimer(signal.ITIMER_REAL, interval_s, interval_s)
    try:
        yield
    except _TimeIsUp:
        raise InputError(
            f"{what} for {limit_s:g} s; look for an endless loop in its code, or raise the limit with ask_limit_s or "
            "--ask-limit-s if it needs longer"
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
