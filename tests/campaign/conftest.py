"""Fixtures of the campaigns' tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

_DEADLINE_S = 600.0


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    """End a test that waits for ever, whatever it waits for."""

    def end(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"the test did not end within {_DEADLINE_S:.0f} s")

    previous = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, _DEADLINE_S)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture
def commit_every_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the driver commit after each wait, so that watchers see outcomes at once."""
    monkeypatch.setattr("nasbench_pytorch.campaign.driver.COMMIT_OUTCOMES", 1)
