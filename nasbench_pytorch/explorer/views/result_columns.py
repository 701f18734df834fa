"""Columns of a table's results: means over repeats, noise between repeats, ranks, failed repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.explorer.views.graph_columns import skeleton_of
from nasbench_pytorch.table import queries

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

MISSING = 255
"""Category of a cell that has no value."""


def mean(table: TableFile, metric: str, epochs: int) -> Floats:
    """Return each cell's mean of a metric over its repeats, shape (cells,); NaN where it has none."""
    return queries.cell_means(table, metric, epochs)[0]


def noise(table: TableFile, metric: str, epochs: int) -> Floats:
    """Return the standard deviation (n - 1) of a metric between a cell's repeats; NaN for fewer than two."""
    means, counts = queries.cell_means(table, metric, epochs)
    rows = np.flatnonzero(table.epochs == epochs)
    values = queries.metric_values(table, metric, rows)
    owners = _owners(table, rows)
    present = ~np.isnan(values)
    owners, values = owners[present], values[present]
    squares = np.bincount(owners, (values - means[owners]) ** 2, minlength=table.cells)
    variance = np.divide(squares, counts - 1, out=np.full(table.cells, np.nan), where=counts >= 2)
    deviation: Floats = np.sqrt(variance)
    return deviation


def rank(table: TableFile, metric: str, epochs: int) -> Floats:
    """Return each cell's rank by its mean of a metric, 1 for the best; equal cells share one, NaN without a value."""
    keys = queries.sort_keys(metric, queries.cell_means(table, metric, epochs)[0])
    ranks = np.searchsorted(np.sort(keys), keys) + 1.0
    ranks[np.isnan(keys)] = np.nan
    return ranks


def failed_repeats(table: TableFile, epochs: int) -> Bytes:
    """Return how many of each cell's repeats ended below `failure_limit`; `MISSING` for a cell without a repeat."""
    rows = np.flatnonzero(table.epochs == epochs)
    values = queries.metric_values(table, "test_accuracy", rows)
    owners = _owners(table, rows)
    with_value = np.bincount(owners[~np.isnan(values)], minlength=table.cells)
    failed = np.bincount(owners[values < failure_limit(table)], minlength=table.cells)
    return np.where(with_value > 0, np.minimum(failed, MISSING - 1), MISSING).astype(np.uint8)


def failure_limit(table: TableFile) -> float:
    """Return the accuracy below which a training has learned next to nothing: .20 among ten classes.

    It lies a ninth of the way from chance to 1. Trainings whose loss became NaN, or that never left the start, end at
    chance, and the others far above.
    """
    chance = 1 / skeleton_of(table).num_labels
    return chance + (1 - chance) / 9


def _owners(table: TableFile, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the cell of each row."""
    owners: npt.NDArray[np.int64] = np.searchsorted(table.row_starts, rows, side="right") - 1
    return owners
