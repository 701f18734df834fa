"""What only the process executor has: the evidence of a worker's death."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nasbench_pytorch.campaign.executors.base import CannotWorkError
from nasbench_pytorch.campaign.executors.processes import ProcessExecutor
from nasbench_pytorch.campaign.outcomes import Finished
from nasbench_pytorch.errors import InputError
from tests.helpers.campaign_fakes import Blame, Deadly, Gate, all_trials, begin, drive, failed_tries

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.worker import RunTrial


def test_a_killed_worker_is_a_failed_try_that_names_the_signal(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    fatal = all_trials(ledger)[5].number
    report = drive(ledger, ProcessExecutor(2), Deadly(fatal, str(tmp_path)), watcher=Blame(tmp_path))
    assert (report.finished, report.failed_tries) == (28, 1)
    assert failed_tries(tmp_path) == [(fatal, "worker-lost", "the worker process was ended by SIGKILL")]


class Dying:
    """Makes workers that end before they are ready."""

    def __call__(self) -> RunTrial:
        os._exit(9)


def test_workers_that_die_before_they_are_ready_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasbench_pytorch.campaign.executors.processes.MAX_EARLY_DEATHS", 3)
    with pytest.raises(CannotWorkError, match=r"workers die before they can work: .* exit code 9"):
        drive(begin(tmp_path), ProcessExecutor(2), Dying())


def test_zero_workers_are_refused() -> None:
    with pytest.raises(InputError, match="--workers must be at least 1, got 0"):
        ProcessExecutor(0)


def stop_the_first_that_begins(gate: Gate, executor: ProcessExecutor) -> int:
    """Wait until a trial has begun, and stop its worker; return the process id."""
    while not gate.waiting():
        assert list(executor.wait(0.05)) == []
    (pid,) = (worker.process.pid for worker in executor._workers)
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_a_stopped_worker_is_reported_once_and_does_not_hold_up_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasbench_pytorch.campaign.executors.stopped.PATIENCE_S", 0.0)
    monkeypatch.setattr("nasbench_pytorch.campaign.executors.stopped.CHECK_INTERVAL_S", 0.0)
    notes: list[str] = []
    gate, executor = Gate(tmp_path / "gate"), ProcessExecutor(1, notify=notes.append)
    with begin(tmp_path / "c") as ledger, contextlib.closing(executor):
        trial = all_trials(ledger)[0]
        executor.start(gate.factory)
        executor.submit(trial)
        pid = stop_the_first_that_begins(gate, executor)
        while not notes:
            assert list(executor.wait(0.05)) == []
        executor.wait(0.05)
        (note,) = notes
        assert note.startswith(f"worker process {pid} is stopped (SIGSTOP), and trial {trial.name} waits for it")
        gate.open()
        (outcome,) = executor.stop()  # wakes the worker, which was about to finish
        assert outcome.trial == trial.number
        assert isinstance(outcome, Finished)
