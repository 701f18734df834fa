"""What only the process executor has: the evidence of a worker's death."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nasbench_pytorch.campaign.executors.base import CannotWorkError
from nasbench_pytorch.campaign.executors.processes import ProcessExecutor
from nasbench_pytorch.errors import InputError
from tests.helpers.campaign_fakes import Blame, Deadly, all_trials, begin, drive, failed_tries

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


def test_workers_that_die_before_they_are_ready_end_the_run(tmp_path: Path) -> None:
    with pytest.raises(CannotWorkError, match=r"workers die before they can work: .* exit code 9"):
        drive(begin(tmp_path), ProcessExecutor(2), Dying())


def test_zero_workers_are_refused() -> None:
    with pytest.raises(InputError, match="--workers must be at least 1, got 0"):
        ProcessExecutor(0)
