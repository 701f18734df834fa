"""History: the evaluations of one run, and how many proposals it took."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
import numpy.typing as npt

Ending = Literal["budget", "finished", "stuck"]
"""Why a run ended: the next evaluation would pass the budget; the algorithm had nothing left to propose; or
`MOST_FREE_PROPOSALS` in a row cost nothing."""

MOST_FREE_PROPOSALS = 10_000
"""After so many proposals in a row that cost nothing, invalid or known ones, a run ends."""


@dataclass(frozen=True, eq=False)
class History:
    """Evaluations of one run that were paid, in order, as columns of length E.

    Attributes:
        positions: int32, the cells.
        epochs: int16, the budgets.
        repeats: int8, the table's repeat that was drawn; -1 for a mean of repeats, or where there is no table.
        values: float64, validation accuracy that the algorithm received.
        costs_s: float64, seconds charged.
        is_duplicate: bool, whether the run had paid for the same cell with the same budget before.
        proposals: number of proposals, free ones included; a proposal that would have passed the budget is not counted.
        invalid: number of proposals that were no cells, or not allowed ones, with those that the algorithm dropped by
            itself (`Proposal.invalid_draws`).
        duplicates: number of proposals that repeated a paid cell and budget, whether or not they were paid again.
        ended_by: why the run ended.
        test_accuracies: float64, of evaluations that measured one, NaN elsewhere; None where none did. No algorithm
            sees them. A table's test accuracies are not here: a report reads them from the table.
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
        """Return the number of evaluations that were paid."""
        return len(self.positions)

    @property
    def times_s(self) -> npt.NDArray[np.float64]:
        """Seconds spent after each evaluation."""
        return np.cumsum(self.costs_s)

    def equals(self, other: History) -> bool:
        """Return whether all columns and counts are the same."""
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return all(
            np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
            if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray)
            else mine is theirs or mine == theirs
            for mine, theirs in pairs
        )
