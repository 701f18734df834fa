"""Ways to run the jobs of a scoring: in this process, or in several."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence

import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.process_map import check_can_be_sent, process_map
from nasbench_pytorch.proxies.jobs import CellScore, Job, Scorer

Runner = Callable[[Scorer, Sequence[Job]], Iterator[CellScore]]
"""Function that runs jobs and yields their scores as they come, in any order."""


def run_here(scorer: Scorer, jobs: Sequence[Job]) -> Iterator[CellScore]:
    """Run the jobs one after the other in this process."""
    return map(scorer, jobs)


def run_in_processes(workers: int, threads: int = 1) -> Runner:
    """Return a runner with worker processes of this machine.

    They are started as `multiprocessing` starts them with "spawn": a script that calls this needs the usual
    `if __name__ == "__main__":`. The user's proxies and operations must be registered by modules that workers import.

    Args:
        workers: number of processes.
        threads: threads of torch in each.

    Raises:
        InputError: a number is below 1. While jobs run: a proxy is no function of a module, or a worker has died.
    """
    for name, number in (("workers", workers), ("threads", threads)):
        if number < 1:
            raise InputError(f"{name} must be at least 1, got {number}")

    def run(scorer: Scorer, jobs: Sequence[Job]) -> Iterator[CellScore]:
        check_can_be_sent(scorer, "a proxy", "define its function at the top of a module, or score with one worker")
        yield from process_map(
            scorer,
            jobs,
            workers,
            begin=functools.partial(torch.set_num_threads, threads),
            remedy="what was scored is kept: run the same command again to go on, with fewer workers or a smaller "
            "batch if memory is short",
        )

    return run
