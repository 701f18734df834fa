"""The driver: gives trials to an executor in the ledger's order, and their outcomes to the ledger."""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nasbench_pytorch.campaign.ledger.pending import BEGINNING
from nasbench_pytorch.campaign.outcomes import Failed, Finished, Hindered, Outcome
from nasbench_pytorch.campaign.worker import WorkerFactory, forget_checkpoints, left_checkpoints
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.executors.base import Executor
    from nasbench_pytorch.campaign.ledger.ledger import Ledger
    from nasbench_pytorch.campaign.trials import Trial

COMMIT_INTERVAL_S = 0.5
"""Outcomes wait no longer than this (with the serial executor: than this and one trial) until they are on the disk."""

COMMIT_OUTCOMES = 500
"""Nor do more than so many of them wait."""

CHECKPOINTS = "trials"
"""Folder in the campaign's folder for the state of unfinished trainings."""

_PAGE = 1000
_WAIT_S = 0.25


class Watcher(Protocol):
    """Is told how the work goes, often; must be quick."""

    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        """What has come since the last call, and what is in hand now."""


@dataclass
class DriverReport:
    """How a driver's work ended.

    Attributes:
        finished: trials that came to a result.
        failed_attempts: attempts that came to nothing.
        stopped: whether it was asked to stop before all was done.
        duration_s: of everything, the making of workers included.
        busy_s: seconds that workers spent on trials, over all of them.
        signal_number: of the signal that a training in this process has caught, which meant all.
    """

    finished: int = 0
    failed_attempts: int = 0
    stopped: bool = False
    duration_s: float = 0.0
    busy_s: float = 0.0
    signal_number: int | None = None


class Driver:
    """Runs what is pending in a ledger.

    Args:
        ledger: owned by this process.
        executor: not yet started; closed at the end.
        factory: makes the workers.
        max_tries: failures of a trial before it is recorded as failed.
        watcher: is told.
    """

    def __init__(
        self,
        ledger: Ledger,
        executor: Executor,
        factory: WorkerFactory,
        *,
        max_tries: int = 3,
        watcher: Watcher | None = None,
    ) -> None:
        self._ledger, self._executor, self._factory = ledger, executor, factory
        self._max_tries, self._watcher = max_tries, watcher
        self._running: dict[int, Trial] = {}
        self._outcomes: list[tuple[Trial, Outcome]] = []
        self._again: deque[Trial] = deque()
        self._todo = self._pending()
        self._committed_at_s = time.monotonic()
        self._noted_running: set[int] = set()
        self._stop = False
        self._hindrance: str | None = None
        self.report = DriverReport()

    def request_stop(self) -> None:
        """Have the running trials save their state, commit everything, and return from `run`; for signal handlers."""
        self._stop = True

    def run(self) -> DriverReport:
        """Work until nothing is pending, or until asked to stop.

        Raises:
            CannotWorkError: no worker can work.
            InputError: the ledger or a checkpoint cannot be written; what was committed is safe.
        """
        began_s = time.monotonic()
        try:
            self._forget_finished()
            self._executor.start(self._factory)
            self._submit()
            # At once, so that who looks on sees what runs, however long it takes.
            self._commit()
            while self._running and not self._stop:
                self._take(self._executor.wait(_WAIT_S))
                self._submit()
                self._commit_when_due()
            if self._running:
                self.report.stopped = True
                self._take(self._executor.stop())
            self._commit()
        finally:
            self._executor.close()
            self.report.duration_s = time.monotonic() - began_s
        if self._hindrance is not None:
            raise InputError(
                f"{self._hindrance}; nothing that was committed is lost, and unfinished trainings keep their last "
                "checkpoint: mend the disk or the permissions, then run the same command again"
            )
        return self.report

    def _forget_finished(self) -> None:
        """Remove the checkpoints of results that a driver had committed when it was killed."""
        for folder, trial in left_checkpoints(self._ledger.folder / CHECKPOINTS):
            if self._ledger.is_finished(*trial):
                shutil.rmtree(folder, ignore_errors=True)

    def _pending(self) -> Iterator[Trial]:
        place = BEGINNING
        while page := self._ledger.pending(place, _PAGE):
            yield from (trial for _, trial in page)
            place = page[-1][0]

    def _submit(self) -> None:
        while len(self._running) < self._executor.in_flight and not self._stop:
            trial = self._again.popleft() if self._again else next(self._todo, None)
            if trial is None and not self._running and self._outcomes:
                # Failed ones among these may have to be tried again.
                self._commit()
                if self._again:
                    continue
            if trial is None:
                return
            self._running[trial.number] = trial
            self._executor.submit(trial)

    def _take(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            trial = self._running.pop(outcome.trial)
            self._outcomes.append((trial, outcome))
            if isinstance(outcome, Finished):
                self.report.finished += 1
                self.report.busy_s += outcome.duration_s
            elif isinstance(outcome, Failed):
                self.report.failed_attempts += 1
                self.report.busy_s += outcome.duration_s
            elif isinstance(outcome, Hindered):
                self._hindrance, self._stop = outcome.message, True
            elif self._executor.in_process:
                # The training has caught the signal that was meant for us.
                self._stop, self.report.signal_number = True, outcome.signal_number
                self.report.stopped = True
            elif not self._stop:
                self._again.append(trial)  # somebody else asked that one worker

    def _commit_when_due(self) -> None:
        late = time.monotonic() - self._committed_at_s >= COMMIT_INTERVAL_S
        if late or len(self._outcomes) >= COMMIT_OUTCOMES:
            self._commit()

    def _commit(self) -> None:
        outcomes, running = self._outcomes, set(self._running)
        if outcomes or running != self._noted_running:
            again = set(self._ledger.commit([outcome for _, outcome in outcomes], running, self._max_tries))
            self._again.extend(trial for trial, _ in outcomes if trial.number in again)
            self._outcomes, self._noted_running = [], running
        for trial, outcome in outcomes:
            # Only now that the result is on the disk; after a NaN, a retry should begin with new weights.
            if isinstance(outcome, Finished) or (isinstance(outcome, Failed) and outcome.reason == "nan"):
                forget_checkpoints(self._ledger.folder / CHECKPOINTS, trial)
        self._committed_at_s = time.monotonic()
        if self._watcher is not None:
            self._watcher.update(outcomes, list(self._running.values()))
