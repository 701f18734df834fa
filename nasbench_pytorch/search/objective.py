"""Objective: accuracies and costs of all cells as arrays, after a protocol's rule for repeats."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Objective(NamedTuple):
    """Accuracies and costs of every cell of `Candidates.space` (N cells, B budgets, up to R repeats).

    A query of a cell draws `rng.integers(count)` from the evaluator's generator if the cell has more than one repeat,
    and takes that entry; a protocol that averages the repeats has R = 1, and draws nothing.

    Attributes:
        epochs: the budgets, ascending, length B.
        values: float64, shape (N, B, R): value to maximise. Missing entries and NaN in the table are 0, so that a query
            returns 0.
        costs_s: float64, shape (N, B, R): seconds charged.
        counts: int8, shape (N, B): how many of the first entries exist; 0 for a cell that may not be proposed.
        repeats: int8, shape (N, B, R): the table's number of each entry's repeat; -1 for a mean of them.
    """

    epochs: tuple[int, ...]
    values: npt.NDArray[np.float64]
    costs_s: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int8]
    repeats: npt.NDArray[np.int8]
