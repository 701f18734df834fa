"""Process executor: trials in worker processes on this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from nasbench_pytorch.campaign.executors.base import (
    MAX_EARLY_DEATHS,
    STOP_TIMEOUT_S,
    CannotWorkError,
    Executor,
    print_note,
)
from nasbench_pytorch.campaign.executors.stopped import StoppedWorkers, wake
from nasbench_pytorch.campaign.outcomes import Failed, Outcome, Stopped, loses_worker
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import WorkerFactory


class _Worker:
    """A worker process, the pipe to it, and its trial."""

    def __init__(self, factory: WorkerFactory, environment: dict[str, str]) -> None:
        driver_socket, worker_socket = socket.socketpair()
        with worker_socket:
            # start_new_session: Ctrl-C in a terminal reaches the driver alone, which then asks the workers to stop.
            self.process = subprocess.Popen(
                [sys.executable, "-m", "nasbench_pytorch.campaign.executors.child", str(worker_socket.fileno())],
                pass_fds=[worker_socket.fileno()],
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        self.pipe = connection.Connection(driver_socket.detach())
        self.pipe.send(factory)
        self.trial: Trial | None = None
        self.began_s = time.monotonic()
        self.ready = False

    def give(self, trial: Trial) -> None:
        self.trial, self.began_s = trial, time.monotonic()
        with contextlib.suppress(OSError):  # `wait` reports a dead worker
            self.pipe.send(trial)

    @property
    def waiting(self) -> str:
        """What waits for the process."""
        return "the campaign" if self.trial is None else f"trial {self.trial.name}"

    def describe_end(self) -> str:
        code = self.process.wait()
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"the worker process was ended by {signal.Signals(-code).name}"
        return f"the worker process ended with exit code {code}"


class ProcessExecutor(Executor):
    """Executor with worker processes, each with its own torch; a worker that dies or loses its device is replaced.

    Args:
        workers: number of processes.
        threads: threads of each process's numerical libraries; limits competition for cores.
        notify: receives notes for the user; the default prints them on stderr.

    Raises:
        InputError: `workers` is below 1.
    """

    in_process = False

    def __init__(self, workers: int, threads: int = 1, *, notify: Callable[[str], object] = print_note) -> None:
        if workers < 1:
            raise InputError(f"--workers must be at least 1, got {workers}")
        self.slots = workers
        self.in_flight = workers
        self._environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        self._workers: list[_Worker] = []
        self._waiting: deque[Trial] = deque()
        self._factory: WorkerFactory | None = None
        self._early_deaths = 0
        self._stopped = StoppedWorkers(notify)

    @override
    def start(self, factory: WorkerFactory) -> None:
        self._factory = factory
        self._workers = [_Worker(factory, self._environment) for _ in range(self.slots)]

    @override
    def submit(self, trial: Trial) -> None:
        self._waiting.append(trial)
        self._hand_out()

    @override
    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        pipes: list[Any] = [worker.pipe for worker in self._workers]
        outcomes: list[Outcome] = []
        for pipe in connection.wait(pipes, timeout_s):
            worker = next(worker for worker in self._workers if worker.pipe is pipe)
            outcome = self._receive(worker)
            if outcome is not None:
                outcomes.append(outcome)
        self._hand_out()
        self._stopped.look({worker.process.pid: worker.waiting for worker in self._workers})
        return outcomes

    @override
    def stop(self) -> Sequence[Outcome]:
        outcomes: list[Outcome] = [Stopped(trial.number) for trial in self._waiting]
        self._waiting.clear()
        until_s = time.monotonic() + STOP_TIMEOUT_S
        while any(worker.trial is not None for worker in self._workers) and time.monotonic() < until_s:
            # Repeated: a signal that arrives just before a training installs its handler has no effect.
            for worker in self._workers:
                if worker.trial is not None:
                    worker.process.terminate()
                    wake(worker.process.pid)
            outcomes += self.wait(1.0)
        outcomes += [Stopped(worker.trial.number) for worker in self._workers if worker.trial is not None]
        return outcomes

    @override
    def close(self) -> None:
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
        """Handle a worker's message or its end; return the outcome, if it is one."""
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            return self._replace(worker)
        if isinstance(message, InputError):
            raise CannotWorkError(str(message))
        if message == "ready":
            worker.ready = True
            self._early_deaths = 0
            return None
        worker.trial = None
        outcome: Outcome = message
        if loses_worker(outcome):
            worker.process.kill()
            worker.process.wait()
            self._renew(worker)
        return outcome

    def _replace(self, worker: _Worker) -> Outcome | None:
        """Replace a dead worker, and return its trial's failure."""
        evidence, trial = worker.describe_end(), worker.trial
        if not worker.ready:
            self._early_deaths += 1
            if self._early_deaths >= MAX_EARLY_DEATHS:
                raise CannotWorkError(f"workers die before they can work: {evidence}; its messages are above")
        self._renew(worker)
        if trial is None:
            return None
        name = f"process {worker.process.pid}"
        return Failed(trial.number, "worker-lost", evidence, {}, name, time.monotonic() - worker.began_s)

    def _renew(self, worker: _Worker) -> None:
        """Start a worker in place of one whose process has ended."""
        assert self._factory is not None
        worker.pipe.close()
        self._workers[self._workers.index(worker)] = _Worker(self._factory, self._environment)
