"""A table's accuracies and times as an `Objective`, after a protocol's rule for repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.candidates import Candidates
from nasbench_pytorch.search.evaluators.table_grid import table_grid
from nasbench_pytorch.search.objective import Objective

if TYPE_CHECKING:
    from nasbench_pytorch.search.protocols import Charged, Protocol
    from nasbench_pytorch.table.storage.table_file import TableFile

Floats = npt.NDArray[np.float64]


def table_objective(table: TableFile, protocol: Protocol, epochs: Sequence[int]) -> tuple[Candidates, Objective]:
    """Return the cells of a table that may be proposed, and the accuracies and costs of their queries.

    A cell may be proposed if it has, for each of the budgets, a row with a known training time. Of the table's columns,
    only the accuracy that is searched and the training time are read.

    Args:
        table: the open table.
        protocol: which accuracy is searched, and the rules for repeats and costs.
        epochs: the budgets.

    Raises:
        InputError: the table lacks a budget, a cell is outside of the table's bounds, or no cell has all budgets.
    """
    grid = table_grid(table, epochs)
    searched = table.values(f"{protocol.searched}_accuracy", grid.rows)
    costs_s = table.values("training_time", grid.rows)
    is_known = np.isfinite(costs_s) & (costs_s >= 0)
    grid = grid.select(is_known)
    values, times_s = (grid.fill(column[is_known], np.nan) for column in (searched, costs_s))
    numbers = grid.fill(np.asarray(table.repeats)[grid.rows].astype(np.int8), -1)
    counts = np.isfinite(times_s).sum(axis=2).astype(np.int8)
    allowed = (counts > 0).all(axis=1)
    if not allowed.any():
        raise InputError(
            f"no cell of {table.path.name} has a training time after {', '.join(map(str, grid.epochs))} epochs each"
        )
    counts[~allowed] = 0
    if protocol.charged != "drawn":
        charged_s = _charged(times_s, protocol.charged)
        # A drawn repeat may be charged the mean or the sum, too: then all of a cell's entries have the same cost.
        times_s = charged_s if protocol.repeats == "mean" else np.where(np.isfinite(times_s), charged_s, np.nan)
    if protocol.repeats == "mean":
        values = _mean(values)
        counts, numbers = np.minimum(counts, 1), np.full(values.shape, -1, np.int8)
    objective = Objective(grid.epochs, np.nan_to_num(values), np.nan_to_num(times_s), counts, numbers)
    return Candidates(grid.space, allowed), objective


def _mean(values: Floats) -> Floats:
    """Return the means over the last axis, shape (N, B, 1), without NaN; 0 where all are NaN."""
    present = np.isfinite(values)
    count = present.sum(axis=2, keepdims=True)
    means: Floats = np.nansum(values, axis=2, keepdims=True) / np.maximum(count, 1)
    return means


def _charged(times_s: Floats, charged: Charged) -> Floats:
    return np.nansum(times_s, axis=2, keepdims=True) if charged == "sum" else _mean(times_s)
