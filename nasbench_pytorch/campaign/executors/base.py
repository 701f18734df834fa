"""Interface between the driver and the executors, which run the trials."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.outcomes import Outcome
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import WorkerFactory

STOP_TIMEOUT_S = 120.0
"""Seconds that trials may take to save their state after a request to stop."""

MAX_EARLY_DEATHS = 10
"""After this many workers in a row have died before any was ready, the executor gives up. A few may die by chance: a
node that leaves, a machine that is short of memory for a moment."""

MAX_EVIDENCE_CHARS = 2000
"""Length limit of a failure's evidence."""


class CannotWorkError(InputError):
    """No worker can run any trial: data, device or resources are missing, or the settings fit no training."""


class Executor(Protocol):
    """Runs trials. One thread uses it, in this order: start, then submit and wait, stop, close.

    Every submitted trial comes back from `wait` or `stop` exactly once: as the worker's outcome, as a `Failed` with
    reason "worker-lost" if the worker ended without one, or as `Stopped`.

    Attributes:
        slots: number of trials that run at once.
        in_flight: number of submitted trials that may be without an outcome; the driver submits no more. It is `slots`,
            and a few more if handing out the next trial takes time.
        in_process: whether trials run in the driver's process, and so receive its signals.
    """

    slots: int
    in_flight: int
    in_process: bool

    def start(self, factory: WorkerFactory) -> None:
        """Make the workers, or begin to; if they cannot work, this call or a later `wait` raises.

        Raises:
            CannotWorkError: no worker can work.
        """

    def submit(self, trial: Trial) -> None:
        """Queue a trial and return at once."""

    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        """Return the outcomes since the last call; wait for the first one, about `timeout_s` seconds at most.

        An executor that trains in this process takes as long as its training.

        Raises:
            CannotWorkError: no worker can work.
        """

    def stop(self) -> Sequence[Outcome]:
        """Ask all trials to save their state and stop, wait for them, and return their outcomes."""

    def close(self) -> None:
        """End the workers; running trials are lost. May be called at any time, and twice."""


def print_note(text: str) -> None:
    """Print a note for the user on stderr."""
    print(f"nasbench: {text}", file=sys.stderr)
