"""A Ray cluster of two nodes on this machine: one is taken away, or joins, while a campaign runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from nasbench_pytorch.campaign.driver import Watcher
from nasbench_pytorch.campaign.executors.serial import SerialExecutor
from tests.helpers.campaign_fakes import Gate, begin, drive, failed_tries, results

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.outcomes import Outcome
    from nasbench_pytorch.campaign.trials import Trial

ray = pytest.importorskip("ray")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]

_NODE = {"num_cpus": 2, "object_store_memory": 100 * 2**20, "include_dashboard": False}


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args=_NODE)
    yield cluster
    cluster.shutdown()


class Once(Watcher):
    """A watcher that acts once, as soon as a condition holds."""

    def __init__(self, condition: Callable[[], bool], action: Callable[[], None]) -> None:
        self._condition, self._action, self._acted = condition, action, False

    @override
    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        if not self._acted and self._condition():
            self._action()
            self._acted = True


def test_a_node_that_is_lost_costs_its_trials_a_try_and_nothing_else(tmp_path: Path, cluster: Any) -> None:
    from nasbench_pytorch.campaign.executors.ray import RayExecutor

    second = cluster.add_node(num_cpus=2, object_store_memory=100 * 2**20)
    cluster.wait_for_nodes()
    executor = RayExecutor(address=cluster.address)
    assert executor.slots == 4
    gate = Gate(tmp_path / "gate")

    def lose_the_second_node() -> None:
        cluster.remove_node(second, allow_graceful=False)
        gate.open()

    # Every worker has begun a trial that cannot end: two of them are on the second node.
    watcher = Once(lambda: gate.waiting() == 4, lose_the_second_node)
    assert drive(begin(tmp_path / "a"), executor, gate.factory, watcher=watcher).finished == 28
    lost = failed_tries(tmp_path / "a")
    assert {reason for _, reason, _ in lost} == {"worker-lost"}
    assert 1 <= len(lost) <= 2
    assert all("Died" in evidence or "Unavailable" in evidence for *_, evidence in lost)
    drive(begin(tmp_path / "b"), SerialExecutor())
    assert results(tmp_path / "a") == results(tmp_path / "b")


def test_a_node_that_joins_is_used(tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from nasbench_pytorch.campaign.executors import ray as executors

    monkeypatch.setattr(executors, "_GROWTH_INTERVAL_S", 0.5)
    executor = executors.RayExecutor(address=cluster.address)
    assert executor.slots == 2
    cluster.add_node(num_cpus=1, object_store_memory=100 * 2**20)
    cluster.wait_for_nodes()
    gate = Gate(tmp_path / "gate")
    watcher = Once(lambda: executor.slots == 3, gate.open)
    assert drive(begin(tmp_path / "a"), executor, gate.factory, watcher=watcher).finished == 28
    assert executor.slots == 3
