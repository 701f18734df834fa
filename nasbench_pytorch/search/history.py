"""History: the evaluations of one run, and the number of its proposals."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
import numpy.typing as npt

Ending = Literal["budget", "finished", "stuck"]
"""Why a run ended.

- `budget`: the next evaluation would have exceeded the budget.
- `finished`: the algorithm had nothing left to propose.
- `stuck`: `MOST_FREE_PROPOSALS` proposals in a row were free.
"""

MOST_FREE_PROPOSALS = 10_000
"""A run ends after this many free proposals in a row.

These are invalid ones, repeated ones under deduplication, and, if only seconds are limited, those of a table that take
0 s.
"""


@dataclass(frozen=True, eq=False)
class History:
    """The E paid evaluations of one run in order, as columns of shape (E,), and counts of its proposals.

    Attributes:
        positions: int32, positions of the cells.
        epochs: int16, budgets of the trainings.
        repeats: int8, numbers of the table's repeats that were drawn; -1 for a mean of repeats, or without a table.
        values: float64, values that the algorithm observed: validation accuracies, unless the protocol searches on test
            accuracies; or scores of a proxy.
        costs_s: float64, seconds charged.
        is_duplicate: bool, whether the run had paid for the same cell with the same budget before.
        proposals: number of proposals, free ones included. The proposal that would have exceeded the budget is not
            counted.
        invalid: number of proposals that were no cell, or one that may not be proposed, with those that the algorithm
            dropped by itself (`Proposal.invalid_draws`).
        duplicates: number of proposals that repeated a paid cell and budget, whether or not they were paid again.
        ended_by: why the run ended.
        test_accuracies: float64, test accuracies that trainings measured, NaN where none did; None if there are none.
            No algorithm sees them. Those of a table are not in the history: a report reads them from the table.
    """

    positions: npt.NDArray[np.int32]
    epochs: npt.NDArray[np.int16]
    repeats: npt.NDArray[np.int8]
    values: npt.NDArray[np.float64]
    costs_s: npt.NDArray[np.float64]
    is_duplicate: npt.NDArray[np.bool_]
    proposals: int
    invalid: int
    duplicates: int
    ended_by: Ending
    test_accuracies: npt.NDArray[np.float64] | None = None

    def __len__(self) -> int:
        """Return the number of paid evaluations."""
        return len(self.positions)

    @property
    def times_s(self) -> npt.NDArray[np.float64]:
        """Seconds spent up to and including each evaluation; float64, shape (E,)."""
        return np.cumsum(self.costs_s)

    def equals(self, other: History) -> bool:
        """Return whether all columns and counts are equal; NaN equals NaN."""
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return all(
            np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
            if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray)
            else mine is theirs or mine == theirs
            for mine, theirs in pairs
        )
