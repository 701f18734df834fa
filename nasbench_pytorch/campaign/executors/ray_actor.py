"""Actors in Ray: a worker that trains, and the bell that tells workers to stop."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.campaign.outcomes import Outcome, Stopped, loses_worker
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import RunTrial, WorkerFactory


class RayWorker:
    """Worker in an actor. Trials run in the main thread, where a training can install its signal handlers."""

    def __init__(self, wait_for_bell: Callable[[], object]) -> None:
        self._run: RunTrial | None = None
        self._stopping = False
        self._lost = False
        self._busy = False
        # Between trials there is nothing to save; during a trial the training installs its own handler.
        signal.signal(signal.SIGTERM, lambda number, frame: None)
        threading.Thread(target=self._listen, args=(wait_for_bell,), daemon=True).start()

    def prepare(self, factory: WorkerFactory) -> tuple[str, str | None]:
        """Load the images.

        Returns:
            The worker's name, and why it cannot work; None if it can.
        """
        name = f"{platform.node()}:{os.getpid()}"
        try:
            self._run = factory()
        except InputError as error:
            return name, str(error)
        return name, None

    def run(self, trials: Sequence[Trial]) -> tuple[list[Outcome], float]:
        """Run trials, one after the other. Once this process has lost its device, the others are only `Stopped`.

        Returns:
            Their outcomes, and the seconds that they took together.
        """
        assert self._run is not None
        began_s = time.perf_counter()
        self._busy = True
        outcomes: list[Outcome] = []
        for trial in trials:
            outcomes.append(Stopped(trial.number) if self._stopping or self._lost else self._run(trial))
            self._lost = self._lost or loses_worker(outcomes[-1])
        self._busy = False
        return outcomes, time.perf_counter() - began_s

    def _listen(self, wait_for_bell: Callable[[], object]) -> None:
        try:
            wait_for_bell()
        except Exception:
            return  # the driver has ended, and Ray ends this process too
        self._stopping = True
        # Repeated: a signal that arrives just before a training installs its handler has no effect.
        while True:
            if self._busy:
                os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1.0)


class Bell:
    """Actor that all workers wait for, on any node. Its methods run concurrently."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    async def wait(self) -> None:
        """Return once the bell has been rung."""
        await self._rung.wait()

    async def ring(self) -> None:
        """Tell all workers to stop."""
        self._rung.set()


def listener(bell: Any) -> Callable[[], object]:
    """Return a function, for a worker, that waits for the bell; it can be pickled."""

    def wait() -> object:
        import ray

        return ray.get(bell.wait.remote())

    return wait
