"""Queue of trials for Ray workers, grouped into calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial

_CALL_S = 0.1
"""Aimed duration of a call. A call costs about a millisecond, so shorter trials travel together."""

_MAX_TRIALS_PER_CALL = 64


class CallQueue:
    """Waiting trials. How many travel in one call adapts to how long they take.

    Attributes:
        trials_per_call: trials in the next call, 1 at first.
    """

    def __init__(self) -> None:
        self._waiting: deque[Trial] = deque()
        self._alone: set[int] = set()
        self.trials_per_call = 1

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def next_is_alone(self) -> bool:
        """Whether the next trial has to have a call without others."""
        return bool(self._waiting) and self._waiting[0].number in self._alone

    def add(self, trial: Trial) -> None:
        """Append a trial."""
        self._waiting.append(trial)

    def next_call(self) -> list[Trial]:
        """Remove and return the trials of the next call; the queue must not be empty."""
        trials = [self._waiting.popleft()]
        if trials[0].number not in self._alone:
            while len(trials) < self.trials_per_call and self._waiting and self._waiting[0].number not in self._alone:
                trials.append(self._waiting.popleft())
        return trials

    def put_back(self, trials: Sequence[Trial], *, alone: bool = False) -> None:
        """Prepend trials of a lost call; `alone` gives each of them a call without others."""
        if alone:
            self._alone.update(trial.number for trial in trials)
        self._waiting.extendleft(reversed(trials))

    def note_answer(self, trials: Sequence[Trial], duration_s: float) -> None:
        """Adapt to the duration of an answered call."""
        self._alone.difference_update(trial.number for trial in trials)
        fitting = int(_CALL_S * len(trials) / max(duration_s, 1e-9))
        self.trials_per_call = max(1, min(_MAX_TRIALS_PER_CALL, 2 * self.trials_per_call, fitting))

    def clear(self) -> list[Trial]:
        """Remove and return all trials."""
        trials = list(self._waiting)
        self._waiting.clear()
        return trials
