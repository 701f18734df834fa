"""The driver: hands pending trials to an executor, and commits their outcomes to the ledger."""

from __future__ import annotations

import re
import shutil
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.campaign.ledger.pending import BEGINNING
from nasbench_pytorch.campaign.outcomes import Failed, Finished, Hindered, Outcome
from nasbench_pytorch.campaign.worker import WorkerFactory, left_checkpoints, remove_checkpoints
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import escape_controls

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.executors.base import Executor
    from nasbench_pytorch.campaign.ledger.ledger import Ledger
    from nasbench_pytorch.campaign.trials import Trial

COMMIT_INTERVAL_S = 0.5
"""Longest time from an outcome to its commit (with the serial executor: this and one trial)."""

COMMIT_OUTCOMES = 500
"""Largest number of outcomes in a commit."""

CHECKPOINTS = "trials"
"""Folder in the campaign's folder for the states of unfinished trainings."""

MAX_DEVICES_LOST = 10
"""After this many trials in a row that lost their worker's device, and none that finished, the driver stops."""

_PAGE = 1000
_WAIT_S = 0.25


class Watcher:
    """Receives the progress of a campaign. Its methods do nothing; subclasses override the ones that they need.

    The driver waits for each call, so they must be quick. `run_campaign` calls all of them, a `Driver` only `update`.
    """

    def begin(self, folder: Path, slots: int) -> None:
        """Handle the start of a run: the campaign's folder, and the number of trials that run at once."""

    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        """Handle the outcomes since the last call, which are committed, and the trials that are running now."""

    def note(self, text: str) -> None:
        """Handle a note for the user."""

    def end(self) -> None:
        """Handle the end of a run, also after an error."""


@dataclass
class DriverReport:
    """Report of a run.

    Attributes:
        finished: number of trials that came to a result.
        failed_tries: number of tries that failed.
        failed: number of trials that are recorded as failed, those of earlier runs included.
        stopped: whether the run was stopped before all trials were done.
        duration_s: seconds in all, the making of workers included.
        busy_s: seconds that workers spent on trials, summed over the workers.
        signal_number: the signal that stopped the run, if any.
    """

    finished: int = 0
    failed_tries: int = 0
    failed: int = 0
    stopped: bool = False
    duration_s: float = 0.0
    busy_s: float = 0.0
    signal_number: int | None = None


class Driver:
    """Runs the pending trials of a ledger.

    Args:
        ledger: a ledger that this process has open.
        executor: an executor that has not been started; `run` closes it.
        factory: makes the workers.
        max_tries: number of failures after which a trial is recorded as failed.
        watcher: receives the progress.
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
        self._devices_lost = 0
        self.report = DriverReport()

    def request_stop(self) -> None:
        """Stop `run`: running trials save their state, and everything is committed. Signal handlers may call this."""
        self._stop = True

    def run(self) -> DriverReport:
        """Run trials until none is pending, or until `request_stop`.

        Raises:
            CannotWorkError: no worker can work.
            InputError: the ledger or a checkpoint cannot be written, or the device fails for every further trial;
            committed outcomes are safe.
        """
        began_s = time.monotonic()
        try:
            self._remove_finished()
            self._executor.start(self._factory)
            self._submit()
            # `status` shows running trials at once, however long the first one takes.
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
            raise InputError(self._hindrance)
        self.report.failed = self._ledger.count_failed()
        return self.report

    def _remove_finished(self) -> None:
        """Remove the checkpoints of committed results, which a killed driver may have left."""
        for folder, trial in left_checkpoints(self._ledger.folder / CHECKPOINTS):
            if self._ledger.is_finished(*trial):
                shutil.rmtree(folder, ignore_errors=True)

    def _pending(self) -> Iterator[Trial]:
        position = BEGINNING
        while page := self._ledger.pending(position, _PAGE):
            yield from (trial for _, trial in page)
            position = page[-1][0]

    def _submit(self) -> None:
        while len(self._running) < self._executor.in_flight and not self._stop:
            trial = self._again.popleft() if self._again else next(self._todo, None)
            if trial is None and not self._running and self._outcomes:
                # The commit decides which failed trials are tried again.
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
                self._devices_lost = 0
                self.report.busy_s += outcome.duration_s
                if outcome.note and self._watcher is not None:
                    self._watcher.note(outcome.note)
            elif isinstance(outcome, Failed):
                self.report.failed_tries += 1
                self.report.busy_s += outcome.duration_s
                self._note_device(trial, outcome)
            elif isinstance(outcome, Hindered):
                self._stop = True
                self._hindrance = (
                    f"{outcome.message}; nothing that was committed is lost, and unfinished trainings keep their last "
                    "checkpoint: mend the disk or the permissions, then run the same command again"
                )
            elif self._executor.in_process:
                # The training has caught the signal that was meant for the driver.
                self._stop, self.report.signal_number = True, outcome.signal_number
                self.report.stopped = True
            elif not self._stop:
                self._again.append(trial)  # the worker alone was told to stop, from outside

    def _note_device(self, trial: Trial, failure: Failed) -> None:
        """Stop if no further trial can use the device: it is lost for this process, or for one worker after another."""
        if not failure.device_lost:
            return
        self._devices_lost += 1
        own = self._executor.in_process
        if not own and self._devices_lost < MAX_DEVICES_LOST:
            return
        lines = re.findall(r"^[\w.]*(?:Error|Exception)\w*: .*", failure.evidence, re.MULTILINE)
        what = "can no longer be used by this process" if own else f"was lost {self._devices_lost} times in a row"
        remedy = ", or with --executor processes, which replaces such a process" if own else " once the device works"
        reason = escape_controls(lines[-1] if lines else failure.reason)[:200]
        self._stop = True
        self._hindrance = (
            f"trial {trial.name}: the device {what} ({reason}); every result is kept: run the same command again to go "
            f"on{remedy}"
        )

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
            # Not before the result is on the disk. After a NaN, a retry starts with new weights.
            if isinstance(outcome, Finished) or (isinstance(outcome, Failed) and outcome.reason == "nan"):
                remove_checkpoints(self._ledger.folder / CHECKPOINTS, trial)
        self._committed_at_s = time.monotonic()
        if self._watcher is not None:
            self._watcher.update(outcomes, list(self._running.values()))
