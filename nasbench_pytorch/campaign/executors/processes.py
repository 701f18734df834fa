"""Trials in worker processes on this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.campaign.executors.base import MOST_DEATHS_BEFORE_WORK, STOP_TIMEOUT_S, CannotWorkError
from nasbench_pytorch.campaign.outcomes import Failed, Outcome, Stopped
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import WorkerFactory


class _Worker:
    """A process, the pipe to it, and the trial that it has."""

    def __init__(self, factory: WorkerFactory, environment: dict[str, str]) -> None:
        here, there = socket.socketpair()
        with there:
            # A session of its own: Ctrl-C in a terminal reaches the driver alone, which then asks the workers to stop.
            self.process = subprocess.Popen(
                [sys.executable, "-m", "nasbench_pytorch.campaign.executors.child", str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        self.pipe = connection.Connection(here.detach())
        self.pipe.send(factory)
        self.trial: Trial | None = None
        self.began_s = time.monotonic()
        self.ready = False

    def give(self, trial: Trial) -> None:
        self.trial, self.began_s = trial, time.monotonic()
        with contextlib.suppress(OSError):  # it is dead: `wait` finds that out and says so
            self.pipe.send(trial)

    def how_it_ended(self) -> str:
        code = self.process.wait()
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"the worker process was ended by {signal.Signals(-code).name}"
        return f"the worker process ended with exit code {code}"


class ProcessExecutor:
    """See `Executor`. Each worker is a process with its own torch; one that dies is replaced.

    Args:
        workers: how many.
        threads: of each one's numerical libraries, so that they do not fight for cores.

    Raises:
        InputError: `workers` is below 1.
    """

    in_process = False

    def __init__(self, workers: int, threads: int = 1) -> None:
        if workers < 1:
            raise InputError(f"--workers must be at least 1, got {workers}")
        self.slots = workers
        self.in_flight = workers
        self._environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        self._workers: list[_Worker] = []
        self._waiting: deque[Trial] = deque()
        self._factory: WorkerFactory | None = None
        self._deaths_before_work = 0

    def start(self, factory: WorkerFactory) -> None:
        """See `Executor`."""
        self._factory = factory
        self._workers = [_Worker(factory, self._environment) for _ in range(self.slots)]
        # The first one speaks for all: what no worker could do is told before anything is handed out.
        self._receive(self._workers[0])

    def submit(self, trial: Trial) -> None:
        """See `Executor`."""
        self._waiting.append(trial)
        self._hand_out()

    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        """See `Executor`."""
        pipes: list[Any] = [worker.pipe for worker in self._workers]
        outcomes: list[Outcome] = []
        for pipe in connection.wait(pipes, timeout_s):
            worker = next(worker for worker in self._workers if worker.pipe is pipe)
            outcome = self._receive(worker)
            if outcome is not None:
                outcomes.append(outcome)
        self._hand_out()
        return outcomes

    def stop(self) -> Sequence[Outcome]:
        """See `Executor`."""
        outcomes: list[Outcome] = [Stopped(trial.number) for trial in self._waiting]
        self._waiting.clear()
        until_s = time.monotonic() + STOP_TIMEOUT_S
        while any(worker.trial is not None for worker in self._workers) and time.monotonic() < until_s:
            # Again and again, since a request that comes just before a training is ready for it goes unheard.
            for worker in self._workers:
                if worker.trial is not None:
                    worker.process.terminate()
            outcomes += self.wait(1.0)
        outcomes += [Stopped(worker.trial.number) for worker in self._workers if worker.trial is not None]
        return outcomes

    def close(self) -> None:
        """See `Executor`."""
        for worker in self._workers:
            worker.process.kill()
            worker.process.wait()
            worker.pipe.close()
        self._workers.clear()

    def _hand_out(self) -> None:
        for worker in self._workers:
            if self._waiting and worker.trial is None and worker.ready:
                worker.give(self._waiting.popleft())

    def _receive(self, worker: _Worker) -> Outcome | None:
        """What a worker says: that it is ready, that it never will be, or an outcome; or that it is dead."""
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            return self._bury(worker)
        if isinstance(message, InputError):
            raise CannotWorkError(str(message))
        if message == "ready":
            worker.ready = True
            self._deaths_before_work = 0
            return None
        worker.trial = None
        outcome: Outcome = message
        return outcome

    def _bury(self, worker: _Worker) -> Outcome | None:
        """Put another in a dead worker's place, and say what is known of its death."""
        evidence, trial = worker.how_it_ended(), worker.trial
        worker.pipe.close()
        if not worker.ready:
            self._deaths_before_work += 1
            if self._deaths_before_work >= MOST_DEATHS_BEFORE_WORK:
                raise CannotWorkError(f"workers die before they can work: {evidence}; its messages are above")
        assert self._factory is not None
        self._workers[self._workers.index(worker)] = _Worker(self._factory, self._environment)
        if trial is None:
            return None
        who = f"process {worker.process.pid}"
        return Failed(trial.number, "worker-lost", evidence, {}, who, time.monotonic() - worker.began_s)
