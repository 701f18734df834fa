"""The repeats of all cells at one budget, as one array for each repeat.

A table of 423,624 cells has five million rows. Where every cell has the same budgets in the same order, as in
NAS-Bench-101, a repeat of all cells is every twelfth row, and no array of rows is needed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.queries import metric_values
from nasbench_pytorch.table.storage.fields import ROW_FIELDS

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

Floats = npt.NDArray[np.float64]


def values_of_repeats(table: TableFile, metric: str, epochs: int) -> Iterator[Floats]:
    """Yield a metric of the first, second, … row that each cell has at a budget, in the order of the table.

    Args:
        table: the table.
        metric: a field of the rows, or an extra column of numbers.
        epochs: the budget.

    Yields:
        Arrays of shape (cells,); NaN where a cell has no such row, or the row has no such value.

    Raises:
        InputError: there is no such metric.
    """
    pattern = _common_pattern(table)
    if pattern is not None:
        for place in np.flatnonzero(np.array(pattern) == epochs).tolist():
            if metric in ROW_FIELDS:
                yield table.values(metric, slice(place, None, len(pattern)))
            else:
                yield metric_values(table, metric, np.arange(place, table.rows, len(pattern)))
        return
    rows = np.flatnonzero(table.epochs == epochs)
    owners = np.searchsorted(table.row_starts, rows, side="right") - 1
    which = _number_within(owners)
    for repeat in range(int(which.max(initial=-1)) + 1):
        chosen = which == repeat
        values = np.full(table.cells, np.nan)
        values[owners[chosen]] = metric_values(table, metric, rows[chosen])
        yield values


@functools.lru_cache(maxsize=4)
def _common_pattern(table: TableFile) -> tuple[int, ...] | None:
    """Return the budgets of each cell's rows where all cells have the same in the same order; else None."""
    if not table.cells or table.rows % table.cells:
        return None
    length = table.rows // table.cells
    if not np.array_equal(table.row_starts, np.arange(0, table.rows + 1, max(length, 1))):
        return None
    budgets = table.epochs.reshape(table.cells, length)
    return tuple(budgets[0].tolist()) if (budgets == budgets[0]).all() else None


def _number_within(owners: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the number of each entry among the equal ones, from 0; equal entries stand together."""
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    lengths = np.diff(starts, append=len(owners))
    return np.arange(len(owners)) - np.repeat(starts, lengths)
