"""A Ray cluster of two nodes, on this machine, one of which is taken away while it works."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nasbench_pytorch.campaign.driver import Driver
from nasbench_pytorch.campaign.executors.serial import SerialExecutor
from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from tests.campaign.fakes import Instant, begin
from tests.campaign.test_driver import results

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.outcomes import Outcome
    from nasbench_pytorch.campaign.trials import Trial

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
ray = pytest.importorskip("ray")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]

_NODE = {"num_cpus": 2, "object_store_memory": 100 * 2**20, "include_dashboard": False}


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args=_NODE)
    yield cluster
    cluster.shutdown()


class _Remover:
    """A watcher that takes a node away once some trials are done."""

    def __init__(self, cluster: Any, node: Any) -> None:
        self._cluster, self._node, self._seen = cluster, node, 0

    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        del running
        self._seen += len(outcomes)
        if self._node is not None and self._seen >= 6:
            self._cluster.remove_node(self._node, allow_graceful=False)
            self._node = None


def test_a_node_that_is_lost_costs_its_trials_an_attempt_and_nothing_else(tmp_path: Path, cluster: Any) -> None:
    from nasbench_pytorch.campaign.executors.ray import RayExecutor

    second = cluster.add_node(num_cpus=2, object_store_memory=100 * 2**20)
    cluster.wait_for_nodes()
    executor = RayExecutor(address=cluster.address)
    assert executor.slots == 4
    # Each trial takes long enough for the second node to have two of them when it goes.
    factory = Instant(seconds=1.0)
    report = Driver(begin(tmp_path / "a"), executor, factory, watcher=_Remover(cluster, second)).run()
    assert report.finished == 28
    with sqlite3.connect(tmp_path / "a" / LEDGER_NAME) as connection:
        lost = connection.execute("SELECT outcome, evidence FROM attempts WHERE outcome <> 'finished'").fetchall()
    assert {outcome for outcome, _ in lost} == {"worker-lost"}
    assert 1 <= len(lost) <= 2
    assert all("Died" in evidence or "Unavailable" in evidence for _, evidence in lost)
    Driver(begin(tmp_path / "b"), SerialExecutor(), Instant()).run()
    assert results(tmp_path / "a") == results(tmp_path / "b")


def test_a_node_that_joins_is_used(tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from nasbench_pytorch.campaign.executors import ray as executors

    monkeypatch.setattr(executors, "_GROWTH_INTERVAL_S", 0.5)
    executor = executors.RayExecutor(address=cluster.address)
    assert executor.slots == 2
    cluster.add_node(num_cpus=1, object_store_memory=100 * 2**20)
    cluster.wait_for_nodes()
    report = Driver(begin(tmp_path), executor, Instant(seconds=0.2)).run()
    assert report.finished == 28
    assert executor.slots == 3
