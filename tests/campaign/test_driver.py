"""The driver: order of work, commits, clocks."""

from __future__ import annotations

import itertools
import time
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nasbench_pytorch.campaign.executors.serial import SerialExecutor
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.outcomes import Failed, Outcome
from tests.helpers.campaign_fakes import all_trials, begin, connected, drive, drive_until_first_outcomes, results

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import RunTrial


@pytest.mark.usefixtures("commit_every_outcome")
def test_a_clock_that_goes_backwards_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive(begin(tmp_path / "b"), SerialExecutor())

    began_s, readings = time.time(), itertools.count()

    def back_by_an_hour_each_time() -> float:
        return began_s - 3600 * next(readings)

    class Clock:
        @staticmethod
        def now(tz: tzinfo | None = None) -> datetime:
            return datetime.fromtimestamp(back_by_an_hour_each_time(), tz)

    monkeypatch.setattr("nasbench_pytorch.campaign.ledger.commit.datetime", Clock)
    monkeypatch.setattr(time, "time", back_by_an_hour_each_time)
    assert drive_until_first_outcomes(begin(tmp_path / "a"), SerialExecutor()).stopped
    drive(Ledger.open(tmp_path / "a"), SerialExecutor())
    assert next(readings) > 28
    assert results(tmp_path / "a") == results(tmp_path / "b")
    with connected(tmp_path / "a") as connection:
        times = [row[0] for row in connection.execute("SELECT ended_at FROM attempts ORDER BY number")]
    assert times[0] > times[-1]
    status = read_status(tmp_path / "a")
    assert (status.count("finished"), status.running) == (28, [])


class Recorder:
    """Makes workers that note each trial, and fail it."""

    def __init__(self) -> None:
        self.order: list[int] = []

    def __call__(self) -> RunTrial:
        return self.run

    def run(self, trial: Trial) -> Outcome:
        self.order.append(trial.number)
        return Failed(trial.number, "exception", "", {}, "", 0.0)


def test_failed_trials_come_again_before_new_ones_once_they_are_written(tmp_path: Path) -> None:
    ledger, recorder = begin(tmp_path), Recorder()
    trials = [trial.number for trial in all_trials(ledger)]
    drive(ledger, SerialExecutor(), recorder, max_tries=2)
    assert sorted(recorder.order) == sorted(2 * trials)
    assert recorder.order[:28] == trials
