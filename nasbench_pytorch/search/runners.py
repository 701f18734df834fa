"""Where the runs of a search are made: in this process, in threads, in other processes, or on a Ray cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from nasbench_pytorch.campaign.executors.ray_map import ray_map
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.process_map import check_can_be_sent, process_map
from nasbench_pytorch.search.history import History
from nasbench_pytorch.search.whole_numbers import whole_number
from nasbench_pytorch.suggestions import unknown_name

if TYPE_CHECKING:
    from nasbench_pytorch.search.one_run import RunOne

ExecutorName = Literal["processes", "ray"]
NumberedRun = tuple[int, History]

_MOST_WORKERS = 10_000


@dataclass(frozen=True)
class Workers:
    """Where runs are made.

    Attributes:
        count: number of runs at the same time; None for one per core of the machine or of the Ray cluster.
        executor: `processes` of this machine, or tasks of `ray`.
        ray_address: `host:port` of a cluster's head, or `auto`; None starts a cluster on this machine.

    Raises:
        InputError: the count is no whole number from 1 to 10,000, the executor is unknown, or an address is given
            without the executor `ray`.
    """

    count: int | None = 1
    executor: ExecutorName = "processes"
    ray_address: str | None = None

    def __post_init__(self) -> None:
        if self.count is not None:
            object.__setattr__(self, "count", whole_number("workers", self.count, 1, _MOST_WORKERS))
        if self.executor not in ("processes", "ray"):
            raise unknown_name("executor", self.executor, ("processes", "ray"))
        if self.ray_address is not None and self.executor != "ray":
            raise InputError(
                f"ray_address '{self.ray_address}' was given with executor '{self.executor}'; set executor='ray', or "
                "leave the address out"
            )


def make_runs(work: RunOne, runs: Sequence[int], workers: Workers) -> Iterator[NumberedRun]:
    """Make runs, and yield each as it finishes, in any order.

    Compiled runs are made in threads: they release the GIL, and threads share the table's arrays. Other runs are made
    in processes.

    Args:
        work: makes one run.
        runs: numbers of the runs.
        workers: where they are made.

    Raises:
        InputError: the algorithm fails in a run, a worker process has died, or Ray cannot be reached.
    """
    if not runs:
        return
    count = workers.count or os.cpu_count() or 1
    if workers.executor == "ray":
        _check_can_be_sent(work)
        yield from ray_map(work, runs, workers.ray_address, workers.count)
        return
    first = work.compiled(runs[0])
    if first is not None:
        yield runs[0], first
        yield from _thread_map(work, runs[1:], count)
    elif count == 1 or len(runs) == 1:
        yield from map(work, runs)
    else:
        _check_can_be_sent(work)
        remedy = "finished runs are kept: run the same command again to go on, with fewer workers if memory is short"
        yield from process_map(work, runs, count, begin=_use_one_thread, remedy=remedy)


def _check_can_be_sent(work: RunOne) -> None:
    check_can_be_sent(work, "the algorithm", "define its class at the top of a module, or use one worker")


def _thread_map(work: Callable[[int], NumberedRun], runs: Sequence[int], workers: int) -> Iterator[NumberedRun]:
    # Few runs are queued at a time, so that the caller can stop early.
    remaining = iter(runs)
    waiting: set[Future[NumberedRun]] = set()
    with ThreadPoolExecutor(workers, "search") as pool:
        try:
            while True:
                waiting |= {pool.submit(work, run) for run in islice(remaining, 2 * workers - len(waiting))}
                if not waiting:
                    return
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _use_one_thread() -> None:
    """Limit a worker process to one thread, since each core has a process of its own."""
    os.environ["OMP_NUM_THREADS"] = "1"
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(1)
