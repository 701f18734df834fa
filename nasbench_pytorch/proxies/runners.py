"""Ways to run the jobs of a scoring: in this process, or in several."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.proxies.jobs import CellScore, Job, Scorer

Runner = Callable[[Scorer, Sequence[Job]], Iterator[CellScore]]
"""Function that runs jobs and yields their scores as they come, in any order."""

_scorer: Scorer | None = None  # of a worker process


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
        _check_can_be_sent(scorer)
        context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
        with ProcessPoolExecutor(min(workers, len(jobs)), context, _begin, (scorer, threads)) as pool:
            waiting: set[Future[CellScore]] = set()
            remaining = iter(jobs)
            try:
                while True:
                    # A few more than workers, so that none waits for this process.
                    waiting |= {
                        pool.submit(_run, job) for job in itertools.islice(remaining, 2 * workers - len(waiting))
                    }
                    if not waiting:
                        return
                    finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in finished:
                        yield future.result()
            except BrokenProcessPool:
                raise InputError(
                    "a worker process was ended from outside, perhaps for lack of memory; what was scored is kept: "
                    "run the same command again to go on, with fewer workers or a smaller batch if memory is short"
                ) from None
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    return run


def _check_can_be_sent(scorer: Scorer) -> None:
    try:
        pickle.dumps(scorer)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(
            f"a proxy cannot be sent to worker processes ({error}); define its function at the top of a module, or "
            "score with one worker"
        ) from None


def _begin(scorer: Scorer, threads: int) -> None:
    global _scorer
    _scorer = scorer
    torch.set_num_threads(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process ends the workers
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A worker must not outlive a main process that was killed.
        threading.Thread(target=_end_with, args=(parent.join,), daemon=True).start()


def _end_with(wait_for_parent: Callable[[], None]) -> None:
    wait_for_parent()
    os._exit(1)


def _run(job: Job) -> CellScore:
    assert _scorer is not None
    return _scorer(job)
