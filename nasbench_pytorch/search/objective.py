"""Objective: accuracies and costs of all cells as arrays, after a protocol's rule for repeats."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Objective(NamedTuple):
    """Accuracies and costs of all N cells of `Candidates.space` with B budgets, up to R repeats each.

    If a cell has more than one repeat, a query draws the entry `rng.integers(count)` from the evaluator's generator.
    Under a protocol that averages the repeats, R is 1 and nothing is drawn.

    Attributes:
        epochs: the budgets, ascending, length B.
        values: float64, shape (N, B, R): value to maximise; 0 where the table has NaN or no row.
        costs_s: float64, shape (N, B, R): seconds charged.
        counts: int8, shape (N, B): number of entries that exist, which are the first ones; 0 for a cell that may not be
            proposed.
        repeats: int8, shape (N, B, R): number of each entry's repeat in the table; -1 for a mean of repeats.
    """

    epochs: tuple[int, ...]
    values: npt.NDArray[np.float64]
    costs_s: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int8]
    repeats: npt.NDArray[np.int8]
