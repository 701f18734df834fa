"""Compare two tables on their common cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.queries import cell_means, metric_values
from nasbench_pytorch.table.storage.fields import METRICS

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.encoded_column import Doubles
    from nasbench_pytorch.table.storage.table_file import TableFile

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MetricComparison:
    """Comparison of one metric at one budget: means over the repeats of each cell that both tables have it for.

    Attributes:
        epochs: the budget.
        metric: the field.
        cells: number of compared cells.
        pearson, spearman, kendall: correlations of the two tables' means; NaN where undefined (fewer than two cells, or
            equal values only).
        mean_difference: mean of second − first.
        mean_absolute_difference: mean of |second − first|.
        max_absolute_difference: largest |second − first|.
        max_difference_hash: the cell with this difference.
        noise_first, noise_second: standard deviation between the repeats of a cell in each table (pooled, n − 1); NaN
            if no cell has two repeats.
        expected_difference: mean |second − first| that normal noise of this size alone would give.
    """

    epochs: int
    metric: str
    cells: int
    pearson: float
    spearman: float
    kendall: float
    mean_difference: float
    mean_absolute_difference: float
    max_absolute_difference: float
    max_difference_hash: str
    noise_first: float
    noise_second: float
    expected_difference: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; NaN becomes None."""
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(self).items()
        }


def common_cells(first: TableFile, second: TableFile) -> tuple[Indices, Indices]:
    """Return the numbers, in each table, of the cells that both have.

    Raises:
        InputError: the tables have no common cell.
    """
    keys = [np.ascontiguousarray(table.hashes).view("S16").ravel() for table in (first, second)]
    _, cells_a, cells_b = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    if not len(cells_a):
        raise InputError(f"{first.path.name} and {second.path.name} have no cell in common")
    return cells_a, cells_b


def compare(
    first: TableFile, second: TableFile, metrics: Sequence[str] = METRICS, epochs: Sequence[int] | None = None
) -> list[MetricComparison]:
    """Compare two tables, for each budget and metric.

    Args:
        first: a table, such as the published one.
        second: another table, such as one of your own trainings.
        metrics: fields to compare.
        epochs: budgets to compare; None for all common budgets.

    Raises:
        InputError: the tables have no cell, or no budget, in common.
        OutOfDomainError: a table lacks one of `epochs`.
    """
    cells = common_cells(first, second)
    budgets = epochs or sorted(set(first.metadata.epochs) & set(second.metadata.epochs))
    if not budgets:
        raise InputError(
            f"no budget in common: {first.path.name} has epochs {list(first.metadata.epochs)}, "
            f"{second.path.name} {list(second.metadata.epochs)}"
        )
    return [_compare((first, second), cells, metric, budget) for budget in budgets for metric in metrics]


def paired_means(first: TableFile, second: TableFile, metric: str, epochs: int) -> tuple[Doubles, Doubles]:
    """Return both tables' means of a metric, for the cells that both have it for, as a scatter plot needs them."""
    cells_a, cells_b = common_cells(first, second)
    a, b = cell_means(first, metric, epochs)[0][cells_a], cell_means(second, metric, epochs)[0][cells_b]
    both = ~np.isnan(a) & ~np.isnan(b)
    return a[both], b[both]


def _compare(
    tables: tuple[TableFile, TableFile], cells: tuple[Indices, Indices], metric: str, epochs: int
) -> MetricComparison:
    """Compare one metric at one budget on the common `cells`, numbered as in each table."""
    first, second = tables
    (means_a, repeats_a), (means_b, repeats_b) = (cell_means(table, metric, epochs) for table in tables)
    both = ~np.isnan(means_a[cells[0]]) & ~np.isnan(means_b[cells[1]])
    cells_a, cells_b = cells[0][both], cells[1][both]
    a, b = means_a[cells_a], means_b[cells_b]
    noise_a, noise_b = _noise(first, metric, epochs, means_a), _noise(second, metric, epochs, means_b)
    mean = mean_absolute = largest = expected = math.nan
    largest_hash = ""
    if len(a):
        absolute = np.abs(b - a)
        mean, mean_absolute, largest = float((b - a).mean()), float(absolute.mean()), float(absolute.max())
        largest_hash = first.hash_of(int(cells_a[np.argmax(absolute)]))
        noise_of_means = np.sqrt(noise_a**2 / repeats_a[cells_a] + noise_b**2 / repeats_b[cells_b])
        expected = float(np.mean(noise_of_means)) * math.sqrt(2 / math.pi)
    return MetricComparison(
        epochs,
        metric,
        len(a),
        *_correlations(a, b),
        mean,
        mean_absolute,
        largest,
        largest_hash,
        noise_a,
        noise_b,
        expected,
    )


def _correlations(a: Doubles, b: Doubles) -> tuple[float, float, float]:
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan, math.nan, math.nan
    from scipy import stats

    pearson, spearman, kendall = stats.pearsonr(a, b), stats.spearmanr(a, b), stats.kendalltau(a, b)
    return float(pearson.statistic), float(spearman.statistic), float(kendall.statistic)


def _noise(table: TableFile, metric: str, epochs: int, means: Doubles) -> float:
    """Return the standard deviation between the repeats of a cell, pooled over cells."""
    rows = np.flatnonzero(table.epochs == epochs)
    values = metric_values(table, metric, rows)
    owners = np.searchsorted(table.row_starts, rows, side="right") - 1
    present = ~np.isnan(values)
    owners, values = owners[present], values[present]
    squares = np.bincount(owners, (values - means[owners]) ** 2, minlength=table.cells)
    counts = np.bincount(owners, minlength=table.cells)
    freedom = int(np.maximum(counts - 1, 0).sum())
    return math.sqrt(float(squares.sum()) / freedom) if freedom else math.nan
