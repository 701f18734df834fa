"""What the driver asks of whatever runs the trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.outcomes import Outcome
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import WorkerFactory

STOP_TIMEOUT_S = 120.0
"""How long trials may take to save their state when they are asked to stop."""

MOST_DEATHS_BEFORE_WORK = 3
"""So many workers may die one after the other, none of them ready, before that is no accident."""


class CannotWorkError(InputError):
    """No worker can work, whatever the trial: data, device, resources or settings that no training can have."""


class Executor(Protocol):
    """Runs trials somewhere. Used by one thread, in the order: start, then submit and wait, stop, close.

    Every trial that was submitted comes back from `wait` or `stop` exactly once: as the worker's outcome, as a
    `Failed` with reason "worker-lost" where the worker ended without one, or as `Stopped`.

    Attributes:
        slots: how many trials run at once; the driver submits no more than `in_flight` of them.
        in_flight: how many submitted trials may be without an outcome: `slots`, and a few more where handing out the
            next one takes time.
        in_process: whether trials run in the driver's own process, so that they are told of its signals.
    """

    slots: int
    in_flight: int
    in_process: bool

    def start(self, factory: WorkerFactory) -> None:
        """Make the workers, or begin to: what keeps them from working is told here or by a later `wait`.

        Raises:
            CannotWorkError: no worker can work.
        """

    def submit(self, trial: Trial) -> None:
        """Take a trial; returns at once."""

    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        """What has come of trials since the last call; waits for the first one, at most about `timeout_s` seconds.

        An executor that trains in this process takes as long as its training.

        Raises:
            CannotWorkError: no worker can work.
        """

    def stop(self) -> Sequence[Outcome]:
        """Ask all trials to save their state and stop, and wait for it; returns what has come of them."""

    def close(self) -> None:
        """End the workers; trials that run are lost. May be called at any time, and twice."""
