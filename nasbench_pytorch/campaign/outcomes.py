"""Outcomes of one try of a trial: a result, a failure, or a reason to run the trial later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from nasbench_pytorch.records import Evaluation

Reason = Literal["nan", "out-of-memory", "exception", "worker-lost"]
"""Why a try failed. nan: the loss became NaN in each of the recipe's attempts. out-of-memory: the process or the
device ran out of memory. exception: the training raised another error. worker-lost: its process or node is gone."""

REASONS: tuple[Reason, ...] = ("nan", "out-of-memory", "exception", "worker-lost")

FINAL_REASONS: tuple[Reason, ...] = ("nan",)
"""Reasons that rule out another try: the recipe has made its attempts, and the same seed would give the same loss."""


@dataclass(frozen=True)
class Finished:
    """Result of a trial.

    Attributes:
        trial: the trial's number.
        status: `complete`, or `truncated` by the recipe's time limit.
        evaluations: evaluations, in the order in which they were made.
        curve: mean training loss of each epoch.
        restarts: the recipe's attempts that ended in a NaN loss before this one.
        training_time_s: seconds in training steps.
        total_time_s: seconds in all, earlier processes included.
        environment: machine and versions, see `describe_environment`; under "data", the data as they were found.
        worker: host and process that ran the trial.
        duration_s: seconds that the worker spent on this try.
        note: something unusual for the user to know, such as a damaged checkpoint; empty if there is nothing.
    """

    trial: int
    status: str
    evaluations: tuple[Evaluation, ...]
    curve: tuple[float, ...]
    restarts: int
    training_time_s: float
    total_time_s: float
    environment: dict[str, Any] = field(default_factory=dict)
    worker: str = ""
    duration_s: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Failed:
    """A try without a result.

    Attributes:
        trial: the trial's number.
        reason: why it failed.
        evidence: how it ended, as far as is known: the exception, the exit code.
        environment: as in `Finished`; empty if the worker could not report it.
        worker: host and process that ran the trial.
        duration_s: seconds until the try ended.
        device_lost: whether the worker's process can no longer use its device, see `loses_device`; an executor gives
            it no other trial, and replaces it.
    """

    trial: int
    reason: Reason
    evidence: str
    environment: dict[str, Any] = field(default_factory=dict)
    worker: str = ""
    duration_s: float = 0.0
    device_lost: bool = False


@dataclass(frozen=True)
class Stopped:
    """A trial that was asked to stop. Its state is saved, and it stays pending.

    Attributes:
        trial: the trial's number.
        signal_number: the signal that the training itself received, if any.
    """

    trial: int
    signal_number: int | None = None


@dataclass(frozen=True)
class Hindered:
    """A trial that could not read or write its files, as on a full, read-only or failing disk.

    This is not the trial's fault, so it stays pending.

    The next trial would meet the same disk, so the driver stops.

    Attributes:
        trial: the trial's number.
        message: what has to be repaired.
    """

    trial: int
    message: str


def loses_worker(outcome: Outcome) -> bool:
    """Return whether the worker that gave an outcome must not get another trial."""
    return isinstance(outcome, Failed) and outcome.device_lost


Outcome: TypeAlias = Finished | Failed | Stopped | Hindered
"""Outcome of one try of a trial."""
