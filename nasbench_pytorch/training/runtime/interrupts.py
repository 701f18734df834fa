"""SIGTERM and Ctrl-C during a training: requests to save and stop."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any


class Interrupted(KeyboardInterrupt):
    """A signal stopped a training, which has saved its state if it has a folder.

    Ctrl-C ends a program, so `except Exception` in a caller's loop over trainings lets this pass.

    Attributes:
        signal_number: the signal; by convention the exit code is 128 + this.
    """

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.signal_number = signal_number

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.signal_number)


class StopRequest:
    """Record of a signal that asks to stop.

    Attributes:
        signal_number: the signal, or None if none arrived.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None

    def handle(self, signal_number: int, frame: FrameType | None) -> None:
        """Handle a signal: record the first one, and raise `KeyboardInterrupt` at a second Ctrl-C."""
        del frame
        if self.signal_number is not None and signal_number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal_number = signal_number


@contextlib.contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Only record SIGINT and SIGTERM within the block; outside the main thread, leave the handlers alone.

    A recorded signal that did not end the block, because it came too late, is raised again after the block.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    previous = [signal.signal(number, request.handle) for number in signals]
    try:
        yield request
    finally:
        for number, handler in zip(signals, previous, strict=True):
            signal.signal(number, handler)
    if request.signal_number is not None:
        signal.raise_signal(request.signal_number)
