"""Scoring on a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nasbench_pytorch.campaign.executors.ray_map import ray_map
from nasbench_pytorch.proxies.jobs import Scorer

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.jobs import CellScore, Job
    from nasbench_pytorch.proxies.runners import Runner


def run_on_ray(address: str | None, workers: int | None) -> Runner:
    """Return a runner whose jobs are Ray tasks of one core each.

    Args:
        address: `host:port` of the cluster's head, or `auto`; None starts a cluster on this machine.
        workers: number of jobs at the same time; None for one per core of the cluster.

    Raises:
        InputError: while jobs start: Ray is not installed, or no cluster answers.
    """

    def run(scorer: Scorer, jobs: Sequence[Job]) -> Iterator[CellScore]:
        return ray_map(_OneThread(scorer), jobs, address, workers)

    return run


@dataclass(frozen=True)
class _OneThread:
    """Scores with one thread of torch, since a task has one core."""

    scorer: Scorer

    def __call__(self, job: Job) -> CellScore:
        import torch

        torch.set_num_threads(1)
        return self.scorer(job)
