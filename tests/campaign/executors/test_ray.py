"""What only the Ray executor has: shares of nodes, addresses, busy clusters, and the evidence of a lost actor."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nasbench_pytorch.campaign.driver import Driver
from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import InputError, MissingExtraError
from tests.helpers.campaign_fakes import Blame, Deadly, Instant, all_trials, begin, drive, failed_tries
from tests.helpers.deadlines import DEADLINE_S

ray = pytest.importorskip("ray")

from nasbench_pytorch.campaign.executors import ray_cluster  # noqa: E402 - modules that need Ray come after the skip
from nasbench_pytorch.campaign.executors.ray import RayExecutor  # noqa: E402
from nasbench_pytorch.campaign.executors.ray_cluster import Share  # noqa: E402

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.worker import RunTrial


@pytest.mark.usefixtures("local_ray")
@pytest.mark.parametrize("max_trials_per_call", [pytest.param(1, marks=pytest.mark.slow), 64])
def test_the_trial_that_kills_an_actor_is_found_also_among_trials_that_travel_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, max_trials_per_call: int
) -> None:
    monkeypatch.setattr("nasbench_pytorch.campaign.executors.ray_queue._MAX_TRIALS_PER_CALL", max_trials_per_call)
    ledger = begin(tmp_path)
    fatal = all_trials(ledger)[20].number
    report = drive(ledger, RayExecutor(2), Deadly(fatal, str(tmp_path)), watcher=Blame(tmp_path))
    assert (report.finished, report.failed_tries) == (28, 1)
    tries = failed_tries(tmp_path)
    assert [(trial, reason) for trial, reason, _ in tries] == [(fatal, "worker-lost")]
    assert "ActorDiedError" in tries[0][2]
    assert "worker process has died" in tries[0][2]


@pytest.mark.usefixtures("local_ray")
def test_waiting_for_a_busy_cluster_is_noted_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Occupant:
        def ready(self) -> None:
            return

    occupant = ray.remote(num_cpus=2)(Occupant).remote()
    ray.get(occupant.ready.remote(), timeout=DEADLINE_S)
    monkeypatch.setattr("nasbench_pytorch.campaign.executors.ray._PATIENCE_S", 0.5)
    notes = []

    def notify(text: str) -> None:
        notes.append(text)
        driver.request_stop()

    with begin(tmp_path) as ledger:
        driver = Driver(ledger, RayExecutor(2, notify=notify), Instant())
        report = driver.run()
        ray.kill(occupant)
        assert report.stopped
        assert notes == ["the cluster has had no free 1 CPUs and 0 GPUs for a trial in 0 s; waiting"]
        assert len(all_trials(ledger)) == 28


@pytest.mark.usefixtures("local_ray")
def test_resources_that_no_node_has_are_refused() -> None:
    with pytest.raises(InputError, match=r"asks for 64 CPUs and 0 GPUs, and no node .* has: 2 CPUs, 0 GPUs"):
        RayExecutor(cpus_per_trial=64)
    with pytest.raises(InputError, match="asks for 1 CPUs and 1 GPUs"):
        RayExecutor(gpus_per_trial=1)
    with pytest.raises(InputError, match="--workers 3: this machine has room for 2 trials"):
        RayExecutor(3)
    assert RayExecutor(cpus_per_trial=0.5).slots == 4


@pytest.mark.parametrize(
    ("cpus", "gpus", "node", "capacity"),
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
def test_how_many_trials_fit_on_a_node(cpus: float, gpus: float, node: dict[str, float], capacity: int) -> None:
    assert Share(cpus, gpus).fits(node) == capacity


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

    def test_an_address_without_a_listener(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            message = self.refused(f"127.0.0.1:{taken.getsockname()[1]}", tmp_path, capsys)
        assert "cannot reach a Ray cluster" in message
        assert "Connection refused" in message

    def test_an_address_whose_listener_is_silent(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ray_cluster, "_HEALTH_TIMEOUT_S", 1.0)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            message = self.refused(f"127.0.0.1:{silent.getsockname()[1]}", tmp_path, capsys)
        assert "no answer within 1 s" in message

    @pytest.mark.parametrize("address", ["head", "head:", "ray://head:10001", ":1", "head:port"])
    def test_an_address_that_is_malformed(
        self, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert "must be host:port" in self.refused(address, tmp_path, capsys)

    def test_flags_of_ray_without_ray(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        command = ["campaign", "run", "--space", "vertices<=3", "--dataset", "digits", "--out", str(tmp_path / "new")]
        assert main([*command, "--executor", "serial", "--gpus-per-trial", "0.5"]) == 2
        assert "are for --executor ray; got --executor serial" in capsys.readouterr().err


LOOPBACK = ("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")
"""127.0.0.1, ::1 and ::ffff:127.0.0.1, as the kernel writes them."""


LISTENING = """
import os
from pathlib import Path
from nasbench_pytorch.campaign.executors.ray_cluster import connect

def descendants(pid):
    tasks = Path(f"/proc/{pid}/task").glob("*")
    children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return children + [process for child in children for process in descendants(child)]

connect(None, local_cpus=1)
files = [link for pid in descendants(os.getpid()) for link in Path(f"/proc/{pid}/fd").glob("*")]
sockets = {str(link.readlink()) for link in files if link.is_symlink()}
for table in ("tcp", "tcp6"):
    for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
            print(fields[1].partition(":")[0])
"""
"""Prints the addresses that the processes of a local cluster listen on, as the kernel writes them."""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_a_local_cluster_listens_on_the_loopback_address_alone() -> None:
    # In a process of its own: Ray decides when it is imported.
    done = subprocess.run(
        [sys.executable, "-c", LISTENING], capture_output=True, text=True, timeout=DEADLINE_S, check=True
    )
    addresses = done.stdout.split()
    assert len(addresses) > 3
    assert set(addresses) <= set(LOOPBACK)


class DyingAtFirst:
    """Makes workers of which the first ones end before they are ready."""

    def __init__(self, folder: Path, deaths: int) -> None:
        self.folder, self.deaths = str(folder), deaths

    def __call__(self) -> RunTrial:
        for death in range(self.deaths):
            with contextlib.suppress(FileExistsError):
                (Path(self.folder) / f"death-{death}").touch(exist_ok=False)
                os._exit(9)
        return Instant().run


@pytest.mark.usefixtures("local_ray")
def test_a_few_workers_that_die_early_do_not_end_a_campaign(tmp_path: Path) -> None:
    notes: list[str] = []
    (tmp_path / "deaths").mkdir()
    factory = DyingAtFirst(tmp_path / "deaths", 4)
    report = drive(begin(tmp_path / "c"), RayExecutor(2, notify=notes.append), factory)
    assert (report.finished, report.failed_tries) == (28, 0)
    deaths = [note for note in notes if not note.startswith("the cluster has had no free")]  # a busy machine is slow
    assert len(deaths) == 4
    assert all(note.startswith("a worker died before it could work, another one starts") for note in deaths)
