"""Trials in Ray: the same results, and nothing lost with a worker, a node or an address."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nasbench_pytorch.campaign.driver import Driver
from nasbench_pytorch.campaign.executors.serial import SerialExecutor
from nasbench_pytorch.campaign.ledger.ledger import LEDGER_NAME, Ledger
from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import InputError, MissingExtraError
from tests.campaign.fakes import Instant, all_trials, begin, finished
from tests.campaign.test_driver import Refusing, Stopper, drive, results

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
ray = pytest.importorskip("ray")

from nasbench_pytorch.campaign.executors import ray_cluster  # noqa: E402 - what needs Ray comes after the skip
from nasbench_pytorch.campaign.executors.ray import RayExecutor  # noqa: E402
from nasbench_pytorch.campaign.executors.ray_cluster import Share  # noqa: E402

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.outcomes import Outcome
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import RunTrial

pytestmark = pytest.mark.xdist_group("ray")


@pytest.fixture(scope="module")
def local() -> Iterator[None]:
    """One cluster for the tests of this file: beginning one takes seconds."""
    assert ray_cluster.connect(None, local_cpus=2)
    yield
    ray.shutdown()


def bad_attempts(folder: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / LEDGER_NAME) as connection:
        query = "SELECT trial, outcome, evidence FROM attempts WHERE outcome <> 'finished' ORDER BY number"
        return connection.execute(query).fetchall()


@pytest.mark.usefixtures("local")
def test_results_are_those_of_the_serial_executor(tmp_path: Path) -> None:
    report = drive(begin(tmp_path / "a"), RayExecutor())
    assert (report.finished, report.failed_attempts, report.stopped) == (28, 0, False)
    drive(begin(tmp_path / "b"), SerialExecutor())
    assert results(tmp_path / "a") == results(tmp_path / "b")


@pytest.mark.usefixtures("local")
def test_a_failing_trial_is_tried_up_to_its_limit_and_the_rest_goes_on(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    bad = all_trials(ledger)[3].number
    report = drive(ledger, RayExecutor(2), Instant(fail={bad: "exception"}), max_tries=3)
    assert (report.finished, report.failed_attempts) == (27, 3)


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize("seconds", [0.0, 0.1])
def test_an_actor_that_is_killed_is_replaced_and_only_its_trial_blamed(tmp_path: Path, seconds: float) -> None:
    """Short trials travel together: the one that kills is found out by running each of them alone."""
    ledger = begin(tmp_path)
    fatal = all_trials(ledger)[20].number
    report = drive(ledger, RayExecutor(2), _DiesTwice(fatal, str(tmp_path), seconds))
    assert report.finished == 28
    attempts = bad_attempts(tmp_path)
    assert {(trial, outcome) for trial, outcome, _ in attempts} == {(fatal, "worker-lost")}
    assert "ActorDiedError" in attempts[0][2]
    assert "worker process has died" in attempts[0][2]


@dataclass(frozen=True)
class _DiesTwice:
    """Once in company, and once alone."""

    fatal: int
    marks: str
    seconds: float

    def __call__(self) -> RunTrial:
        return self.run

    def run(self, trial: Trial) -> Outcome:
        time.sleep(self.seconds)
        deaths = len(list(Path(self.marks).glob("died*")))
        if trial.number == self.fatal and deaths < 2:
            (Path(self.marks) / f"died{deaths}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return finished(trial)


@pytest.mark.usefixtures("local")
def test_a_stopped_campaign_goes_on_where_it_was(tmp_path: Path) -> None:
    ledger, stopper = begin(tmp_path / "a"), Stopper()
    stopper.driver = Driver(ledger, RayExecutor(2), Instant(seconds=0.2), watcher=stopper)
    report = stopper.driver.run()
    ledger.close()
    assert report.stopped
    assert 0 < report.finished < 28
    rest = drive(Ledger(tmp_path / "a"), RayExecutor(2))
    assert report.finished + rest.finished == 28
    assert bad_attempts(tmp_path / "a") == []
    drive(begin(tmp_path / "b"), SerialExecutor())
    assert results(tmp_path / "a") == results(tmp_path / "b")


@pytest.mark.usefixtures("local")
def test_who_waits_for_a_busy_cluster_is_told_and_can_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Occupant:
        def here(self) -> None:
            return

    occupant = ray.remote(num_cpus=2)(Occupant).remote()
    ray.get(occupant.here.remote())
    monkeypatch.setattr("nasbench_pytorch.campaign.executors.ray._PATIENCE_S", 0.5)
    told = []

    def notify(text: str) -> None:
        told.append(text)
        driver.request_stop()

    ledger = begin(tmp_path)
    driver = Driver(ledger, RayExecutor(2, notify=notify), Instant())
    report = driver.run()
    ray.kill(occupant)
    assert report.stopped
    assert told == ["the cluster has had no free 1 CPUs and 0 GPUs for a trial in 0 s; waiting"]
    assert len(all_trials(ledger)) == 28
    ledger.close()


@pytest.mark.usefixtures("local")
def test_workers_that_cannot_work_end_the_run_before_any_trial(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    with pytest.raises(InputError, match="no data here"):
        Driver(ledger, RayExecutor(2), Refusing()).run()
    assert len(all_trials(ledger)) == 28
    ledger.close()


@pytest.mark.usefixtures("local")
def test_what_no_node_has_is_refused() -> None:
    with pytest.raises(InputError, match=r"asks for 64 CPUs and 0 GPUs, and no node .* has: 2 CPUs, 0 GPUs"):
        RayExecutor(cpus_per_trial=64)
    with pytest.raises(InputError, match="asks for 1 CPUs and 1 GPUs"):
        RayExecutor(gpus_per_trial=1)
    with pytest.raises(InputError, match="--workers 3: this machine has room for 2 trials"):
        RayExecutor(3)
    assert RayExecutor(cpus_per_trial=0.5).slots == 4


@pytest.mark.parametrize(
    ("cpus", "gpus", "node", "room"),
    [
        (1, 0, {"CPU": 4.0}, 4),
        (0.1, 0, {"CPU": 2.0}, 20),
        (3, 0, {"CPU": 8.0}, 2),
        (1, 0.25, {"CPU": 16.0, "GPU": 2.0}, 8),
        (1, 0.4, {"CPU": 16.0, "GPU": 2.0}, 4),  # no trial spans two GPUs
        (1, 2, {"CPU": 16.0, "GPU": 4.0}, 2),
        (4, 0.25, {"CPU": 9.0, "GPU": 4.0}, 2),
        (0, 0.5, {"GPU": 1.0}, 2),
        (1, 0.25, {"CPU": 16.0}, 0),
    ],
)
def test_room_of_a_node(cpus: float, gpus: float, node: dict[str, float], room: int) -> None:
    assert Share(cpus, gpus).fits(node) == room


@pytest.mark.parametrize(("cpus", "gpus"), [(0, 0), (-1, 0), (1, -1), (1, 1.5)])
def test_a_share_that_ray_cannot_give_is_refused(cpus: float, gpus: float) -> None:
    with pytest.raises(InputError, match="per-trial"):
        Share(cpus, gpus)


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"nasbench-pytorch\[campaign\]"):
        ray_cluster.import_ray()


class TestAddresses:
    @pytest.fixture(autouse=True)
    def _apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ray, "is_initialized", lambda: False)

    def refused(self, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
        command = ["campaign", "run", "--space", "vertices<=3", "--dataset", "digits", "--out", str(tmp_path / "new")]
        assert main([*command, "--ray-address", address]) == 2
        assert not (tmp_path / "new").exists()
        message = capsys.readouterr().err
        assert message.count("\n") == 1
        return message

    def test_nobody_listens(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            message = self.refused(f"127.0.0.1:{taken.getsockname()[1]}", tmp_path, capsys)
        assert "cannot reach a Ray cluster" in message
        assert "Connection refused" in message

    def test_somebody_listens_and_says_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ray_cluster, "_HEALTH_TIMEOUT_S", 1.0)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            message = self.refused(f"127.0.0.1:{silent.getsockname()[1]}", tmp_path, capsys)
        assert "no answer within 1 s" in message

    @pytest.mark.parametrize("address", ["head", "head:", "ray://head:10001", ":1", "head:port"])
    def test_no_address(self, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert "must be host:port" in self.refused(address, tmp_path, capsys)

    def test_flags_of_ray_without_ray(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        command = ["campaign", "run", "--space", "vertices<=3", "--dataset", "digits", "--out", str(tmp_path / "new")]
        assert main([*command, "--executor", "serial", "--gpus-per-trial", "0.5"]) == 2
        assert "are for --executor ray; got --executor serial" in capsys.readouterr().err
