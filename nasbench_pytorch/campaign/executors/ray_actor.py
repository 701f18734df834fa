"""What runs inside Ray: a worker that trains, and the bell that tells workers to stop."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.campaign.outcomes import Outcome, Stopped
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import RunTrial, WorkerFactory


class RayWorker:
    """A worker in an actor. Trials run in the main thread, where a training's own signal handlers can be."""

    def __init__(self, wait_for_bell: Callable[[], object]) -> None:
        self._run: RunTrial | None = None
        self._stopping = False
        self._busy = False
        # Between trials a request to stop has nothing to save; during one the training's own handler is in place.
        signal.signal(signal.SIGTERM, lambda number, frame: None)
        threading.Thread(target=self._listen, args=(wait_for_bell,), daemon=True).start()

    def prepare(self, factory: WorkerFactory) -> tuple[str, str | None]:
        """Load the images.

        Returns:
            Who this is, and why it cannot work; None where it can.
        """
        who = f"{platform.node()}:{os.getpid()}"
        try:
            self._run = factory()
        except InputError as error:
            return who, str(error)
        return who, None

    def run(self, trials: Sequence[Trial]) -> tuple[list[Outcome], float]:
        """Run trials, one after the other.

        Returns:
            Their outcomes, and the seconds that they took together.
        """
        assert self._run is not None
        began_s = time.perf_counter()
        self._busy = True
        outcomes = [Stopped(trial.number) if self._stopping else self._run(trial) for trial in trials]
        self._busy = False
        return outcomes, time.perf_counter() - began_s

    def _listen(self, wait_for_bell: Callable[[], object]) -> None:
        try:
            wait_for_bell()
        except Exception:
            return  # the driver has ended: Ray ends this process as well
        self._stopping = True
        # Again and again, since a request that comes just before a training is ready for it goes unheard.
        while True:
            if self._busy:
                os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1.0)


class Bell:
    """An actor that all workers listen to, on whatever node they are. Its methods run side by side."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    async def wait(self) -> None:
        """Return once it rings."""
        await self._rung.wait()

    async def ring(self) -> None:
        """Ask everybody to stop."""
        self._rung.set()


def listener(bell: Any) -> Callable[[], object]:
    """What a worker calls to wait for the bell; travels to where the worker is."""

    def wait() -> object:
        import ray

        return ray.get(bell.wait.remote())

    return wait
