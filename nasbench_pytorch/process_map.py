"""Map over jobs with worker processes, in any order and in bounded memory."""

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
from typing import Any, TypeVar

from nasbench_pytorch.errors import InputError

Job = TypeVar("Job")
Result = TypeVar("Result")

_work: Callable[[Any], Any] | None = None  # of a worker process


def process_map(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: int,
    *,
    begin: Callable[[], object] | None = None,
    remedy: str,
) -> Iterator[Result]:
    """Yield the results of jobs as they come.

    Workers are started as `multiprocessing` starts them with "spawn", since threads do not survive a fork: a script
    needs the usual `if __name__ == "__main__":`.

    Args:
        work: function that runs a job; it is sent to each worker once.
        jobs: the jobs.
        workers: largest number of processes.
        begin: called in each worker before its first job.
        remedy: what to do where a worker has died, the end of the message.

    Raises:
        InputError: a worker was ended from outside; or raised by a job, with its message.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(jobs)), context, _begin, (work, begin)) as pool:
        waiting: set[Future[Result]] = set()
        remaining = iter(jobs)
        try:
            while True:
                # A few more than workers, so that none waits for this process.
                waiting |= {pool.submit(_run, job) for job in itertools.islice(remaining, 2 * workers - len(waiting))}
                if not waiting:
                    return
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        except BrokenProcessPool:
            raise InputError(f"a worker process was ended from outside, perhaps for lack of memory; {remedy}") from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def check_can_be_sent(value: object, what: str, remedy: str) -> None:
    """Refuse what cannot be sent to another process.

    Args:
        value: what is to be sent.
        what: its name in the message.
        remedy: what to do, the end of the message.

    Raises:
        InputError: it cannot be pickled, such as a function defined in another one.
    """
    try:
        pickle.dumps(value)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(f"{what} cannot be sent to worker processes ({error}); {remedy}") from None


def _begin(work: Callable[[Any], Any], begin: Callable[[], object] | None) -> None:
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process ends the workers
    if begin is not None:
        begin()
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A worker must not outlive a main process that was killed.
        threading.Thread(target=_end_with, args=(parent.join,), daemon=True).start()


def _end_with(wait_for_parent: Callable[[], None]) -> None:
    wait_for_parent()
    os._exit(1)


def _run(job: Any) -> Any:
    assert _work is not None
    try:
        return _work(job)
    except InputError as error:
        raise InputError(str(error)) from error  # a subclass with other arguments cannot be sent
