"""Scoring on a Ray cluster."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.campaign.executors.ray_cluster import connect, import_ray

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.jobs import CellScore, Job, Scorer
    from nasbench_pytorch.proxies.runners import Runner


def run_on_ray(address: str | None, workers: int | None) -> Runner:
    """Return a runner whose jobs are Ray tasks of one core each.

    Args:
        address: `host:port` of the cluster's head, or `auto`; None starts a cluster on this machine.
        workers: number of jobs at once; None for one a core of the cluster.

    Raises:
        InputError: while jobs start: Ray is not installed, or no cluster answers.
    """

    def run(scorer: Scorer, jobs: Sequence[Job]) -> Iterator[CellScore]:
        connected = connect(address)
        ray = import_ray()
        try:
            task = ray.remote(num_cpus=1)(_run)
            shared = ray.put(scorer)
            limit = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
            remaining = iter(jobs)
            waiting: list[Any] = []
            while True:
                waiting += [task.remote(shared, job) for job in itertools.islice(remaining, 2 * limit - len(waiting))]
                if not waiting:
                    return
                finished, waiting = ray.wait(waiting)
                yield from ray.get(finished)
        finally:
            if connected:
                ray.shutdown()

    return run


def _run(scorer: Scorer, job: Job) -> CellScore:
    import torch

    torch.set_num_threads(1)
    return scorer(job)
