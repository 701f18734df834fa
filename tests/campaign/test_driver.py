from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nasbench_pytorch.campaign.driver import Driver, DriverReport
from nasbench_pytorch.campaign.executors.processes import ProcessExecutor
from nasbench_pytorch.campaign.executors.serial import SerialExecutor
from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.outcomes import Failed, Hindered, Outcome
from nasbench_pytorch.errors import InputError
from tests.campaign.fakes import Instant, all_trials, begin, finished

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.executors.base import Executor
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import RunTrial

EXECUTORS = ["serial", "processes"]


def make(name: str) -> Executor:
    return SerialExecutor() if name == "serial" else ProcessExecutor(2)


def drive(
    ledger: Ledger, executor: Executor, factory: Callable[[], RunTrial] | None = None, **options: Any
) -> DriverReport:
    report = Driver(ledger, executor, factory or Instant(), **options).run()
    ledger.close()
    return report


def results(folder: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / LEDGER_NAME) as connection:
        return connection.execute(
            "SELECT trial, status, evaluations, curve, restarts FROM results ORDER BY 1"
        ).fetchall()


@pytest.mark.parametrize("name", EXECUTORS)
def test_every_trial_gets_its_one_result(tmp_path: Path, name: str) -> None:
    report = drive(begin(tmp_path / "a"), make(name))
    assert (report.finished, report.failed_attempts, report.stopped) == (28, 0, False)
    status = read_status(tmp_path / "a")
    assert (status.count("finished"), status.count("pending"), status.running) == (28, 0, [])
    drive(begin(tmp_path / "b"), SerialExecutor())
    assert results(tmp_path / "a") == results(tmp_path / "b")


@pytest.mark.parametrize("name", EXECUTORS)
def test_a_failing_trial_is_tried_up_to_its_limit_and_the_rest_goes_on(tmp_path: Path, name: str) -> None:
    ledger = begin(tmp_path)
    bad, worse = all_trials(ledger)[3].number, all_trials(ledger)[-1].number
    report = drive(ledger, make(name), Instant(fail={bad: "exception", worse: "out-of-memory"}), max_tries=3)
    assert (report.finished, report.failed_attempts) == (26, 6)
    assert read_status(tmp_path).failures == {"exception": 1, "out-of-memory": 1}


def test_a_worker_that_is_killed_is_replaced_and_its_trial_tried_again(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    fatal = all_trials(ledger)[5].number
    report = drive(ledger, ProcessExecutor(2), Instant(die=fatal, marks=str(tmp_path)))
    assert (report.finished, report.failed_attempts) == (28, 1)
    with sqlite3.connect(tmp_path / LEDGER_NAME) as connection:
        rows = connection.execute(
            "SELECT trial, outcome, evidence FROM attempts WHERE outcome <> 'finished'"
        ).fetchall()
    assert rows == [(fatal, "worker-lost", "the worker process was ended by SIGKILL")]


class Stopper:
    """A watcher that asks for a stop after some outcomes."""

    driver: Driver
    seen = 0

    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        self.seen += len(outcomes)
        assert len(running) <= 2
        if self.seen:
            self.driver.request_stop()


@pytest.mark.parametrize("name", EXECUTORS)
def test_a_stopped_campaign_goes_on_where_it_was(tmp_path: Path, name: str) -> None:
    ledger, stopper = begin(tmp_path / "a"), Stopper()
    stopper.driver = Driver(ledger, make(name), Instant(seconds=0.1), watcher=stopper)
    report = stopper.driver.run()
    ledger.close()
    assert report.stopped
    assert 0 < report.finished < 28
    rest = drive(Ledger(tmp_path / "a"), make(name))
    assert report.finished + rest.finished == 28
    drive(begin(tmp_path / "b"), SerialExecutor())
    assert results(tmp_path / "a") == results(tmp_path / "b")


def test_a_clock_that_goes_backwards_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive(begin(tmp_path / "b"), SerialExecutor())

    began_s, readings = time.time(), itertools.count()

    def back_by_an_hour_each_time() -> float:
        return began_s - 3600 * next(readings)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.fromtimestamp(back_by_an_hour_each_time(), tz)

    monkeypatch.setattr("nasbench_pytorch.campaign.ledger.commit.datetime", Clock)
    monkeypatch.setattr(time, "time", back_by_an_hour_each_time)
    ledger, stopper = begin(tmp_path / "a"), Stopper()
    stopper.driver = Driver(ledger, SerialExecutor(), Instant(seconds=0.02), watcher=stopper)
    assert stopper.driver.run().stopped
    ledger.close()
    drive(Ledger(tmp_path / "a"), SerialExecutor())
    assert next(readings) > 28
    assert results(tmp_path / "a") == results(tmp_path / "b")
    with sqlite3.connect(tmp_path / "a" / LEDGER_NAME) as connection:
        times = [row[0] for row in connection.execute("SELECT ended_at FROM attempts ORDER BY number")]
    assert times[0] > times[-1]
    status = read_status(tmp_path / "a")
    assert (status.count("finished"), status.running) == (28, [])


class Refusing:
    def __call__(self) -> Any:
        raise InputError("no data here")


@pytest.mark.parametrize("name", EXECUTORS)
def test_workers_that_cannot_work_end_the_run_before_any_trial(tmp_path: Path, name: str) -> None:
    ledger = begin(tmp_path)
    with pytest.raises(InputError, match="no data here"):
        Driver(ledger, make(name), Refusing()).run()
    assert len(all_trials(ledger)) == 28
    ledger.close()


@dataclass(frozen=True)
class FullFrom:
    """Makes workers whose disk is full from a trial on."""

    number: int

    def __call__(self) -> Any:
        def run(trial: Trial) -> Outcome:
            return Hindered(trial.number, "/disk: full") if trial.number == self.number else finished(trial)

        return run


@pytest.mark.parametrize("name", EXECUTORS)
def test_a_full_disk_ends_the_run_and_costs_no_trial_a_try(tmp_path: Path, name: str) -> None:
    ledger = begin(tmp_path / "a")
    with pytest.raises(InputError, match="/disk: full; nothing that was committed is lost"):
        Driver(ledger, make(name), FullFrom(all_trials(ledger)[3].number), max_tries=1).run()
    ledger.close("hindered")
    status = read_status(tmp_path / "a")
    assert 3 <= status.count("finished") < 28
    assert status.count("failed") == 0
    assert status.failed_attempts == {}
    drive(Ledger(tmp_path / "a"), make(name))
    drive(begin(tmp_path / "b"), SerialExecutor())
    assert results(tmp_path / "a") == results(tmp_path / "b")


class FirstLook:
    """A watcher that notes what the ledger said when it was first told of anything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[list[str]] = []

    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        if not self.running:
            assert outcomes == []
            self.running = [[trial.hash for trial in running], [note.hash for note in read_status(self.folder).running]]


@pytest.mark.parametrize("name", EXECUTORS)
def test_what_runs_is_seen_before_anything_has_ended(tmp_path: Path, name: str) -> None:
    look = FirstLook(tmp_path)
    ledger = begin(tmp_path)
    first = [trial.hash for trial in all_trials(ledger)[: 1 if name == "serial" else 2]]
    drive(ledger, make(name), watcher=look)
    assert look.running == [first, first]


class Recorder:
    order: list[int]

    def __init__(self) -> None:
        self.order = []

    def __call__(self) -> Any:
        def run(trial: Trial) -> Outcome:
            self.order.append(trial.number)
            return Failed(trial.number, "exception", "", {}, "", 0.0)

        return run


def test_failed_trials_come_again_before_new_ones_once_they_are_written(tmp_path: Path) -> None:
    ledger, recorder = begin(tmp_path), Recorder()
    trials = [trial.number for trial in all_trials(ledger)]
    Driver(ledger, SerialExecutor(), recorder, max_tries=2).run()
    ledger.close()
    assert sorted(recorder.order) == sorted(2 * trials)
    assert recorder.order[:28] == trials
