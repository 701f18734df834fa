"""Proposal and Observation: what a search algorithm and its evaluator exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nasbench_pytorch.space.spec import ModelSpec

FULL_EPOCHS = 108
"""The largest budget of NAS-Bench-101, in epochs. Incumbents are judged by their accuracy after it."""

NOT_A_CELL = -1
"""Position of a proposal whose spec is no cell of the space."""


class Proposal(NamedTuple):
    """A cell to evaluate, and the budget to train it with.

    Attributes:
        position: row of the cell in `Candidates.space`; `NOT_A_CELL` for a spec that is not in the space.
        epochs: budget of the training: 4, 12, 36 or 108 in NAS-Bench-101. Each budget is a training of its own.
        spec: the cell as the algorithm made it, before pruning; None if the position says enough. Evaluators use the
            position; messages about an invalid proposal show the spec.
        invalid_draws: number of invalid cells that the algorithm drew and dropped by itself before this one. They are
            counted as invalid proposals.
    """

    position: int
    epochs: int = FULL_EPOCHS
    spec: ModelSpec | None = None
    invalid_draws: int = 0


class Observation(NamedTuple):
    """What an algorithm learns about its proposal.

    Attributes:
        validation_accuracy: the value to maximise, a fraction; 0 for an invalid proposal and where the table has NaN.
            It is a test accuracy only under a protocol that says so, such as `lanas`. With a proxy it is a score, and
            the lowest score so far in place of 0.
        cost: seconds charged, simulated or real; 0 for an invalid proposal, and for a repeated one under deduplication.
        valid: whether the proposal is a cell that may be proposed.
    """

    validation_accuracy: float
    cost: float
    valid: bool = True


INVALID = Observation(0.0, 0.0, False)
"""Observation of an invalid proposal: accuracy 0 at no cost, as in nas_benchmarks."""


class SearchFinished(Exception):  # noqa: N818 - like StopIteration, it is no error
    """Raised by `ask` if the algorithm has nothing left to propose; the run ends without an error."""
