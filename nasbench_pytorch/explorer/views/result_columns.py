"""Columns of a table's results: means over repeats, noise between repeats, ranks, failed repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.explorer.views.graph_columns import skeleton_of
from nasbench_pytorch.explorer.views.repeats import values_of_repeats
from nasbench_pytorch.table import queries

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

MISSING = 255
"""Category of a cell that has no value."""


def mean(table: TableFile, metric: str, epochs: int) -> Floats:
    """Return each cell's mean of a metric over its repeats, shape (cells,); NaN where it has none."""
    total, count = _total_and_count(table, metric, epochs)
    return np.divide(total, count, out=np.full(table.cells, np.nan), where=count > 0)


def noise(table: TableFile, metric: str, epochs: int) -> Floats:
    """Return the standard deviation (n - 1) of a metric between a cell's repeats; NaN for fewer than two."""
    total, count = _total_and_count(table, metric, epochs)
    mean_of_cell = np.divide(total, count, out=np.zeros(table.cells), where=count > 0)
    squares = np.zeros(table.cells)
    for values in values_of_repeats(table, metric, epochs):
        squares += np.nan_to_num((values - mean_of_cell) ** 2)
    variance = np.divide(squares, count - 1, out=np.full(table.cells, np.nan), where=count >= 2)
    deviation: Floats = np.sqrt(variance)
    return deviation


def rank(table: TableFile, metric: str, epochs: int) -> Floats:
    """Return each cell's rank by its mean of a metric, 1 for the best; equal cells share one, NaN without a value."""
    keys = queries.sort_keys(metric, mean(table, metric, epochs))
    order = np.argsort(keys)
    in_order = keys[order]
    places = np.arange(1, len(keys) + 1, dtype=np.float64)
    places[1:][in_order[1:] == in_order[:-1]] = 0  # takes the place of the first of its equals
    places = np.maximum.accumulate(places)
    places[np.isnan(in_order)] = np.nan
    ranks = np.empty(len(keys))
    ranks[order] = places
    return ranks


def failed_repeats(table: TableFile, epochs: int) -> Bytes:
    """Return how many of each cell's repeats ended below `failure_limit`; `MISSING` for a cell without a repeat."""
    limit = failure_limit(table)
    failed, any_value = np.zeros(table.cells, np.int32), np.zeros(table.cells, np.bool_)
    for values in values_of_repeats(table, "test_accuracy", epochs):
        failed += values < limit
        any_value |= ~np.isnan(values)
    return np.where(any_value, np.minimum(failed, MISSING - 1), MISSING).astype(np.uint8)


def _total_and_count(table: TableFile, metric: str, epochs: int) -> tuple[Floats, npt.NDArray[np.int32]]:
    total, count = np.zeros(table.cells), np.zeros(table.cells, np.int32)
    for values in values_of_repeats(table, metric, epochs):
        present = ~np.isnan(values)
        np.add(total, values, out=total, where=present)
        count += present
    return total, count


def failure_limit(table: TableFile) -> float:
    """Return the accuracy below which a training has learned next to nothing: .20 among ten classes.

    It lies a ninth of the way from chance to 1. Trainings whose loss became NaN, or that never left the start, end at
    chance, and the others far above.
    """
    chance = 1 / skeleton_of(table).num_labels
    return chance + (1 - chance) / 9
