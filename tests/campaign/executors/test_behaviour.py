"""What every executor does, whatever runs its trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from nasbench_pytorch.campaign.driver import Watcher
from nasbench_pytorch.campaign.executors.base import CannotWorkError
from nasbench_pytorch.campaign.executors.processes import ProcessExecutor
from nasbench_pytorch.campaign.executors.serial import SerialExecutor
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.outcomes import Hindered, Outcome
from nasbench_pytorch.errors import InputError
from tests.helpers.campaign_fakes import (
    LOST_DEVICE,
    Blame,
    Deadly,
    Instant,
    LosingDevice,
    all_trials,
    begin,
    drive,
    drive_until_first_outcomes,
    failed_tries,
    finished,
    results,
)

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.executors.base import Executor
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import RunTrial

EXECUTORS = ["serial", "processes", "ray"]


@pytest.fixture(params=EXECUTORS)
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    if chosen == "ray":
        request.getfixturevalue("local_ray")
    return chosen


@pytest.fixture
def make(name: str) -> Callable[[], Executor]:
    """Makes an executor with two workers; the serial one has one."""
    if name == "serial":
        return SerialExecutor
    if name == "processes":
        return lambda: ProcessExecutor(2)
    from nasbench_pytorch.campaign.executors.ray import RayExecutor

    return lambda: RayExecutor(2)


def undisturbed(folder: Path) -> list[tuple[object, ...]]:
    drive(begin(folder), SerialExecutor())
    return results(folder)


def test_every_trial_gets_its_one_result(tmp_path: Path, make: Callable[[], Executor]) -> None:
    report = drive(begin(tmp_path / "a"), make())
    assert (report.finished, report.failed_tries, report.stopped) == (28, 0, False)
    status = read_status(tmp_path / "a")
    assert (status.count("finished"), status.count("pending"), status.running) == (28, 0, [])
    assert results(tmp_path / "a") == undisturbed(tmp_path / "b")


def test_a_failing_trial_is_tried_up_to_its_limit_and_the_rest_goes_on(
    tmp_path: Path, make: Callable[[], Executor]
) -> None:
    ledger = begin(tmp_path)
    bad, worse = all_trials(ledger)[3].number, all_trials(ledger)[-1].number
    report = drive(ledger, make(), Instant({bad: "exception", worse: "out-of-memory"}), max_tries=3)
    assert (report.finished, report.failed_tries) == (26, 6)
    assert read_status(tmp_path).failures == {"exception": 1, "out-of-memory": 1}


def test_a_worker_that_is_killed_is_replaced_and_only_its_trial_tried_again(
    tmp_path: Path, name: str, make: Callable[[], Executor]
) -> None:
    if name == "serial":
        pytest.skip("the serial executor's worker is the driver")
    ledger = begin(tmp_path)
    fatal = all_trials(ledger)[20].number
    report = drive(ledger, make(), Deadly(fatal, str(tmp_path)), watcher=Blame(tmp_path))
    assert (report.finished, report.failed_tries) == (28, 1)
    assert [(trial, reason) for trial, reason, _ in failed_tries(tmp_path)] == [(fatal, "worker-lost")]


@pytest.mark.usefixtures("commit_every_outcome")
def test_a_process_that_has_lost_its_device_gets_no_other_trial(
    tmp_path: Path, name: str, make: Callable[[], Executor]
) -> None:
    ledger = begin(tmp_path / "a")
    fatal = all_trials(ledger)[20].number
    factory, blame = LosingDevice(fatal, str(tmp_path)), Blame(tmp_path)
    if name == "serial":
        with pytest.raises(
            InputError, match=r"no longer be used by this process \(RuntimeError: CUDA error: an illegal memory"
        ):
            drive(ledger, make(), factory, watcher=blame)
        assert read_status(tmp_path / "a").count("finished") == 20
        LOST_DEVICE.clear()  # as in another process
        ledger = Ledger.open(tmp_path / "a")
    drive(ledger, make(), factory, watcher=blame)
    assert [(trial, reason) for trial, reason, _ in failed_tries(tmp_path / "a")] == [(fatal, "exception")]
    assert results(tmp_path / "a") == undisturbed(tmp_path / "b")


@pytest.mark.usefixtures("commit_every_outcome")
def test_a_device_that_fails_for_every_worker_ends_the_run(tmp_path: Path) -> None:
    class Replacing(SerialExecutor):
        in_process = False

    with pytest.raises(InputError, match=r"the device was lost 10 times in a row .*once the device works"):
        drive(begin(tmp_path), Replacing(), LosingDevice(None, str(tmp_path)))
    LOST_DEVICE.clear()
    assert len(failed_tries(tmp_path)) == 10


@pytest.mark.usefixtures("commit_every_outcome")
def test_a_stopped_campaign_goes_on_where_it_was(tmp_path: Path, make: Callable[[], Executor]) -> None:
    report = drive_until_first_outcomes(begin(tmp_path / "a"), make())
    assert report.stopped
    assert 0 < report.finished < 28
    rest = drive(Ledger.open(tmp_path / "a"), make())
    assert report.finished + rest.finished == 28
    assert failed_tries(tmp_path / "a") == []
    assert results(tmp_path / "a") == undisturbed(tmp_path / "b")


class Refusing:
    def __call__(self) -> RunTrial:
        raise InputError("no data here")


def test_workers_that_cannot_work_end_the_run_before_any_trial(tmp_path: Path, make: Callable[[], Executor]) -> None:
    with pytest.raises(CannotWorkError, match="no data here"):
        drive(begin(tmp_path), make(), Refusing())
    with Ledger.open(tmp_path) as ledger:
        assert len(all_trials(ledger)) == 28
    assert failed_tries(tmp_path) == []


@dataclass(frozen=True)
class FullFrom:
    """Makes workers whose disk is full at one trial."""

    number: int

    def __call__(self) -> RunTrial:
        return self.run

    def run(self, trial: Trial) -> Outcome:
        return Hindered(trial.number, "/disk: full") if trial.number == self.number else finished(trial)


def test_a_full_disk_ends_the_run_and_costs_no_trial_a_try(
    tmp_path: Path, name: str, make: Callable[[], Executor]
) -> None:
    ledger = begin(tmp_path / "a")
    with pytest.raises(InputError, match="/disk: full; nothing that was committed is lost"):
        drive(ledger, make(), FullFrom(all_trials(ledger)[3].number), max_tries=1)
    status = read_status(tmp_path / "a")
    # With Ray the trial before it may be stopped before it has begun.
    assert (2 if name == "ray" else 3) <= status.count("finished") < 28
    assert status.count("failed") == 0
    assert status.failed_tries == {}
    drive(Ledger.open(tmp_path / "a"), make())
    assert results(tmp_path / "a") == undisturbed(tmp_path / "b")


class FirstLook(Watcher):
    """A watcher that notes what the ledger says at the first update."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[list[str]] = []

    @override
    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        if not self.running:
            assert list(outcomes) == []
            self.running = [[trial.hash for trial in running], [note.hash for note in read_status(self.folder).running]]


def test_running_trials_are_shown_before_any_has_ended(tmp_path: Path, make: Callable[[], Executor]) -> None:
    look, executor = FirstLook(tmp_path), make()
    ledger = begin(tmp_path)
    first = [trial.hash for trial in all_trials(ledger)[: executor.in_flight]]
    drive(ledger, executor, watcher=look)
    assert look.running == [first, first]


def test_an_executor_can_be_closed_at_any_time_and_twice(make: Callable[[], Executor]) -> None:
    executor = make()
    executor.close()
    executor.close()
