"""Serial executor: one trial after the other, in the driver's process."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from nasbench_pytorch.campaign.executors.base import CannotWorkError, Executor
from nasbench_pytorch.campaign.outcomes import Outcome, Stopped
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import RunTrial, WorkerFactory


class SerialExecutor(Executor):
    """Executor in this process alone. If the system kills it for its memory, the driver ends with it."""

    slots = 1
    in_flight = 1
    in_process = True

    def __init__(self) -> None:
        self._run: RunTrial | None = None
        self._waiting: deque[Trial] = deque()

    @override
    def start(self, factory: WorkerFactory) -> None:
        try:
            self._run = factory()
        except InputError as error:
            raise CannotWorkError(str(error)) from None

    @override
    def submit(self, trial: Trial) -> None:
        self._waiting.append(trial)

    @override
    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        del timeout_s
        assert self._run is not None
        return [self._run(self._waiting.popleft())] if self._waiting else []

    @override
    def stop(self) -> Sequence[Outcome]:
        stopped = [Stopped(trial.number) for trial in self._waiting]
        self._waiting.clear()
        return stopped

    @override
    def close(self) -> None:
        self._waiting.clear()
