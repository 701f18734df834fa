"""Map over jobs as tasks of a Ray cluster."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from nasbench_pytorch.campaign.executors.ray_cluster import connect, import_ray
from nasbench_pytorch.errors import InputError

Job = TypeVar("Job")
Result = TypeVar("Result")


def ray_map(
    work: Callable[[Job], Result], jobs: Sequence[Job], address: str | None, workers: int | None
) -> Iterator[Result]:
    """Yield the results of jobs as they come; each job is a task of one core.

    Args:
        work: function that runs a job; it is sent to the cluster once.
        jobs: the jobs.
        address: `host:port` of the cluster's head, or `auto`; None starts a cluster on this machine.
        workers: number of jobs at once; None for one a core of the cluster.

    Raises:
        InputError: Ray is not installed, or no cluster answers; or raised by a job, with its message.
    """
    connected = connect(address)
    ray = import_ray()
    try:
        task = ray.remote(num_cpus=1)(_run)
        shared = ray.put(work)
        limit = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        remaining = iter(jobs)
        waiting: list[Any] = []
        while True:
            waiting += [task.remote(shared, job) for job in itertools.islice(remaining, 2 * limit - len(waiting))]
            if not waiting:
                return
            finished, waiting = ray.wait(waiting)
            yield from ray.get(finished)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, InputError):
            raise InputError(str(error.cause)) from None
        raise
    finally:
        if connected:
            ray.shutdown()


def _run(work: Callable[[Any], Any], job: Any) -> Any:
    return work(job)
