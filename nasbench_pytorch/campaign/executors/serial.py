"""One trial after the other, in the driver's own process."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nasbench_pytorch.campaign.executors.base import CannotWorkError
from nasbench_pytorch.campaign.outcomes import Outcome, Stopped
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import RunTrial, WorkerFactory


class SerialExecutor:
    """See `Executor`. Needs nothing but this process; an out-of-memory kill takes the driver with it."""

    slots = 1
    in_flight = 1
    in_process = True

    def __init__(self) -> None:
        self._run: RunTrial | None = None
        self._waiting: deque[Trial] = deque()

    def start(self, factory: WorkerFactory) -> None:
        """See `Executor`."""
        try:
            self._run = factory()
        except InputError as error:
            raise CannotWorkError(str(error)) from None

    def submit(self, trial: Trial) -> None:
        """See `Executor`."""
        self._waiting.append(trial)

    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        """See `Executor`: trains one trial."""
        del timeout_s
        assert self._run is not None
        return [self._run(self._waiting.popleft())] if self._waiting else []

    def stop(self) -> Sequence[Outcome]:
        """See `Executor`: what waits has not begun."""
        stopped = [Stopped(trial.number) for trial in self._waiting]
        self._waiting.clear()
        return stopped

    def close(self) -> None:
        """See `Executor`."""
        self._waiting.clear()
