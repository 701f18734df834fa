"""Campaigns whose workers train nothing: a trial's result follows from the trial, so all runs can be compared."""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from nasbench_pytorch.campaign.device_errors import loses_device
from nasbench_pytorch.campaign.driver import Driver, DriverReport, Watcher
from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from nasbench_pytorch.campaign.ledger.pending import BEGINNING
from nasbench_pytorch.campaign.outcomes import Failed, Finished, Outcome, Reason
from nasbench_pytorch.campaign.plan.plan import Plan, open_campaign
from nasbench_pytorch.campaign.plan.selection import Selection
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.space import Skeleton
from nasbench_pytorch.training import PRESETS

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.executors.base import Executor
    from nasbench_pytorch.campaign.ledger.ledger import Ledger
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import RunTrial, WorkerFactory

ENVIRONMENT = {"device": "cpu", "device_name": "none", "threads": 1, "precision": "float32", "torch": "0"}
SETTINGS = Settings(
    PRESETS["digits"], Skeleton(stem_out_channels=8, num_modules_per_stack=1), "digits", train_images=64, seed=3
)
TINY = Plan(Selection(space="vertices<=3", budgets=(1, 2), repeats=2), SETTINGS)
"""28 trials of 7 cells."""

_IMAGES = {"train_evaluation_images": 64, "validation_images": 297, "test_images": 296, "train_images": 64}
MACHINE = {**ENVIRONMENT, "data": {"name": "digits", "source": "scikit-learn", **_IMAGES}}


def finished(trial: Trial) -> Finished:
    """Return the result that a training of this trial would give."""
    accuracy = trial.seed % 1000 / 1000
    evaluation = Evaluation(float(trial.epochs), 2 * trial.epochs, 0.5, accuracy, accuracy / 2, accuracy / 3, 1, 2, 3)
    return Finished(trial.number, "complete", (evaluation,), (1.5,) * trial.epochs, 0, 0.5, 1.0, ENVIRONMENT, "fake", 1)


def trained(trial: Trial, shares: Sequence[float] = (0.0, 0.5, 1.0)) -> Finished:
    """Return a result for an export: accuracies are whole numbers of images, different for each trial."""
    count = trial.seed % 60
    accuracies = (count / 64, (count + 3) / 297, (count + 4) / 296)
    evaluations = tuple(
        Evaluation(share * trial.epochs, 1, 1.5 + share + count, *accuracies, 1.0, 1.0, 1.0) for share in shares
    )
    curve = tuple(float(epoch) for epoch in range(trial.epochs))
    return Finished(trial.number, "complete", evaluations, curve, 0, 2.0, 3.25 + count, MACHINE, "fake", 1.0)


def failed(trial: Trial, reason: Reason = "nan") -> Failed:
    return Failed(trial.number, reason, "as told", {}, "fake", 0.1)


@dataclass(frozen=True)
class Instant:
    """Factory of workers that return at once.

    Attributes:
        fail: trial's number → the reason with which each try of it fails.
    """

    fail: dict[int, Reason] = field(default_factory=dict)

    def __call__(self) -> RunTrial:
        return self.run

    def run(self, trial: Trial) -> Outcome:
        if trial.number in self.fail:
            return Failed(trial.number, self.fail[trial.number], "as told", ENVIRONMENT, "fake", 0.1)
        return finished(trial)


@dataclass(frozen=True)
class Deadly:
    """Factory of workers that return at once, except that one trial kills its worker until it has failed once.

    Attributes:
        fatal: the number of that trial.
        folder: folder of the file that says that the trial has failed; see `Blame`.
    """

    fatal: int
    folder: str

    def __call__(self) -> RunTrial:
        return self.run

    def run(self, trial: Trial) -> Outcome:
        if trial.number == self.fatal and not (Path(self.folder) / "blamed").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return finished(trial)


@dataclass(frozen=True)
class LosingDevice:
    """Factory of workers that train nothing, and whose process loses its device in one trial, once or always.

    Every later trial in such a process fails with the same error, as it does with CUDA.

    Attributes:
        fatal: the number of that trial; None for every trial.
        folder: folder of the file that says that the trial has failed; see `Blame`.
    """

    fatal: int | None
    folder: str

    def __call__(self) -> RunTrial:
        return self.run

    def run(self, trial: Trial) -> Outcome:
        blamed = (Path(self.folder) / "blamed").exists()
        if self.fatal is None or (trial.number == self.fatal and not blamed):
            LOST_DEVICE.add(os.getpid())
        if os.getpid() not in LOST_DEVICE:
            return finished(trial)
        error = RuntimeError("CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be late")
        evidence = "".join(traceback.format_exception(error))
        return Failed(trial.number, "exception", evidence, {}, "fake", 0.1, loses_device(error))


LOST_DEVICE: set[int] = set()
"""Processes, by number, whose device is lost."""


class Blame(Watcher):
    """Watcher that tells `Deadly` and `LosingDevice` workers of the first failure."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "blamed"

    @override
    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        if any(isinstance(outcome, Failed) for _, outcome in outcomes):
            self._file.touch()


@dataclass(frozen=True)
class Gated:
    """Factory of workers whose trials wait for a gate, and leave a file in its folder when they have begun."""

    folder: str

    def __call__(self) -> RunTrial:
        return self.run

    def run(self, trial: Trial) -> Outcome:
        (Path(self.folder) / f"began-{trial.number}").touch()
        with (Path(self.folder) / "gate").open() as gate:
            fcntl.flock(gate, fcntl.LOCK_SH)
        return finished(trial)


class Gate:
    """A gate for `Gated` trials: closed until `open` is called or this process ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.factory, self._folder = Gated(str(folder)), folder
        self._file = (folder / "gate").open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def waiting(self) -> int:
        """Return how many trials have begun."""
        return len(list(self._folder.glob("began-*")))

    def open(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)


def begin(folder: Path, plan: Plan = TINY) -> Ledger:
    """Begin a campaign."""
    return open_campaign(folder, plan)


def all_trials(ledger: Ledger) -> list[Trial]:
    """Return every pending trial, in the order of work."""
    return [trial for _, trial in ledger.pending(BEGINNING, 10_000)]


def drive(
    ledger: Ledger,
    executor: Executor,
    factory: WorkerFactory | None = None,
    *,
    max_tries: int = 3,
    watcher: Watcher | None = None,
) -> DriverReport:
    """Run what is pending, and close the ledger."""
    with ledger:
        return Driver(ledger, executor, factory or Instant(), max_tries=max_tries, watcher=watcher).run()


class StopAfterFirst(Watcher):
    """Watcher that stops its driver after the first outcomes."""

    driver: Driver

    @override
    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        if outcomes:
            self.driver.request_stop()


def drive_until_first_outcomes(ledger: Ledger, executor: Executor) -> DriverReport:
    """Stop a run after its first outcomes; each wait of the driver must be followed by a commit."""
    watcher = StopAfterFirst()
    with ledger:
        watcher.driver = Driver(ledger, executor, Instant(), watcher=watcher)
        return watcher.driver.run()


@contextmanager
def connected(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open a campaign's ledger without the package, and commit at the end."""
    connection = sqlite3.connect(folder / LEDGER_NAME)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def results(folder: Path) -> list[tuple[Any, ...]]:
    """Return every result without its times, by trial."""
    with connected(folder) as connection:
        query = "SELECT trial, status, evaluations, curve, restarts FROM results ORDER BY 1"
        return connection.execute(query).fetchall()


def failed_tries(folder: Path) -> list[tuple[Any, ...]]:
    """Return trial, reason and evidence of every failed try, in order."""
    with connected(folder) as connection:
        query = "SELECT trial, outcome, evidence FROM attempts WHERE outcome <> 'finished' ORDER BY number"
        return connection.execute(query).fetchall()
