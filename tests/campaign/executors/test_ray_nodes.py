"""A Ray cluster of two nodes on this machine: one is taken away, or joins, while a campaign runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from nasbench_pytorch.campaign.driver import Watcher
from nasbench_pytorch.campaign.executors.serial import SerialExecutor
from nasbench_pytorch.campaign.outcomes import Failed, Outcome
from tests.helpers.campaign_fakes import Gate, begin, drive, failed_tries, results

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial

ray = pytest.importorskip("ray")

pytestmark = pytest.mark.slow

_NODE = {"num_cpus": 2, "object_store_memory": 100 * 2**20, "include_dashboard": False}


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    ray.shutdown()  # another test's cluster
    cluster = Cluster(initialize_head=True, head_node_args=_NODE)
    yield cluster
    cluster.shutdown()


class Steps(Watcher):
    """A watcher that takes steps one after the other, each as soon as its condition holds.

    A step is a condition on the number of failed tries so far, and an action.
    """

    def __init__(self, *steps: tuple[Callable[[int], bool], Callable[[], object]]) -> None:
        self._steps, self._failed = list(steps), 0

    @override
    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        self._failed += sum(isinstance(outcome, Failed) for _, outcome in outcomes)
        if self._steps and self._steps[0][0](self._failed):
            self._steps.pop(0)[1]()


def test_a_node_that_is_lost_costs_its_trials_a_try_and_nothing_else(tmp_path: Path, cluster: Any) -> None:
    from nasbench_pytorch.campaign.executors.ray import RayExecutor

    second = cluster.add_node(num_cpus=2, object_store_memory=100 * 2**20)
    cluster.wait_for_nodes()
    executor = RayExecutor(address=cluster.address)
    assert executor.slots == 4
    gate = Gate(tmp_path / "gate")
    # Once every worker has begun a trial, two of them on the second node; no trial ends before the loss is noticed.
    watcher = Steps(
        (lambda failed: gate.waiting() == 4, lambda: cluster.remove_node(second, allow_graceful=False)),
        (lambda failed: failed > 0, gate.open),
    )
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
    watcher = Steps((lambda failed: executor.slots == 3, gate.open))
    assert drive(begin(tmp_path / "a"), executor, gate.factory, watcher=watcher).finished == 28
    assert executor.slots == 3
