"""Columns of a table's results: means over repeats, noise between repeats, ranks, failed repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table import queries

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

FAILED_BELOW = 0.2
"""Test accuracy at the end of a training below which it has learned nothing: twice chance among ten classes."""


def mean(table: TableFile, metric: str, epochs: int) -> Floats:
    """Return each cell's mean of a metric over its repeats, shape (cells,); NaN where it has none."""
    return queries.cell_means(table, metric, epochs)[0].astype(np.float32)


def noise(table: TableFile, metric: str, epochs: int) -> Floats:
    """Return the standard deviation (n - 1) of a metric between a cell's repeats; NaN for fewer than two."""
    means, counts = queries.cell_means(table, metric, epochs)
    rows = np.flatnonzero(table.epochs == epochs)
    values = queries.metric_values(table, metric, rows)
    owners = np.searchsorted(table.row_starts, rows, side="right") - 1
    present = ~np.isnan(values)
    owners, values = owners[present], values[present]
    squares = np.bincount(owners, (values - means[owners]) ** 2, minlength=table.cells)
    enough = counts >= 2
    variance = np.divide(squares, counts - 1, out=np.full(table.cells, np.nan), where=enough)
    return np.sqrt(variance).astype(np.float32)


def rank(table: TableFile, metric: str, epochs: int) -> Floats:
    """Return each cell's rank by its mean of a metric, 1 for the best; equal cells share one, NaN without a value."""
    keys = queries.sort_keys(metric, queries.cell_means(table, metric, epochs)[0])
    ranks = np.searchsorted(np.sort(keys), keys).astype(np.float32) + 1
    ranks[np.isnan(keys)] = np.nan
    return ranks


def failed_repeats(table: TableFile, epochs: int) -> Bytes:
    """Return how many of each cell's repeats ended below `FAILED_BELOW`, shape (cells,)."""
    rows = np.flatnonzero(table.epochs == epochs)
    failed = rows[queries.metric_values(table, "test_accuracy", rows) < FAILED_BELOW]
    owners = np.searchsorted(table.row_starts, failed, side="right") - 1
    return np.minimum(np.bincount(owners, minlength=table.cells), 255).astype(np.uint8)
