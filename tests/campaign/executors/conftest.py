"""Fixtures of the executors' tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


@pytest.fixture(scope="package")
def ray_until_the_last_test() -> Iterator[None]:
    """Disconnect from Ray after the tests of this folder: starting a cluster takes seconds."""
    ray = pytest.importorskip("ray")
    yield
    ray.shutdown()


@pytest.fixture
def local_ray(ray_until_the_last_test: None) -> None:
    """One Ray cluster with two CPUs for all tests that want it."""
    from nasbench_pytorch.campaign.executors import ray_cluster

    ray_cluster.connect(None, local_cpus=2)
