"""Fixtures of the executors' tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


@pytest.fixture(scope="module")
def local_ray() -> Iterator[None]:
    """One Ray cluster with two CPUs for the tests of a module: starting one takes seconds."""
    ray = pytest.importorskip("ray")
    from nasbench_pytorch.campaign.executors import ray_cluster

    assert ray_cluster.connect(None, local_cpus=2)
    yield
    ray.shutdown()
