"""What became of one attempt at a trial: a result, a failure, or nothing yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from nasbench_pytorch.records import Evaluation

Reason = Literal["nan", "out-of-memory", "exception", "worker-lost"]
"""nan: the loss was no number in each of the recipe's attempts. out-of-memory: of the process or the device.
exception: any other error of the training. worker-lost: the process or the node that ran it is gone."""

REASONS: tuple[Reason, ...] = ("nan", "out-of-memory", "exception", "worker-lost")

FINAL_REASONS: tuple[Reason, ...] = ("nan",)
"""Not tried again by itself: the recipe has made its attempts, and the same seed would give the same loss."""


@dataclass(frozen=True)
class Finished:
    """A trial's result.

    Attributes:
        trial: its number.
        status: `complete`, or `truncated` by the recipe's time limit.
        evaluations: in the order in which they were made.
        curve: mean training loss of each epoch.
        restarts: attempts of the recipe that ended in a loss that is no number, before this one.
        training_time_s: seconds in training steps.
        total_time_s: seconds of everything, those of earlier processes included.
        environment: machine and versions, see `describe_environment`, and the data as they were found, under "data".
        worker: who ran it.
        duration_s: seconds that the worker spent on it this time.
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


@dataclass(frozen=True)
class Failed:
    """An attempt that came to nothing.

    Attributes:
        trial: its number.
        reason: see `Reason`.
        evidence: what is known of how it ended: the exception, the exit code.
        environment: as in `Finished`; empty where the worker could not say any more.
        worker: who ran it.
        duration_s: seconds until it ended.
    """

    trial: int
    reason: Reason
    evidence: str
    environment: dict[str, Any] = field(default_factory=dict)
    worker: str = ""
    duration_s: float = 0.0


@dataclass(frozen=True)
class Stopped:
    """A trial that was asked to stop: its state is saved, and it waits for its turn again.

    Attributes:
        trial: its number.
        signal_number: the signal that asked, where one has reached the training itself.
    """

    trial: int
    signal_number: int | None = None


@dataclass(frozen=True)
class Hindered:
    """A trial that met a disk that is full or may not be written: not its fault, so it waits for its turn again.

    The next trial would meet the same disk, so nobody goes on.

    Attributes:
        trial: its number.
        message: what is to be mended.
    """

    trial: int
    message: str


Outcome: TypeAlias = Finished | Failed | Stopped | Hindered
"""What became of an attempt at a trial."""
