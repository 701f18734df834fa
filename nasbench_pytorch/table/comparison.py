"""Two tables side by side, on the cells that both have."""

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
    """One metric at one budget, on the cells that both tables have it for; means over each cell's repeats.

    Attributes:
        epochs: the budget.
        metric: the field.
        cells: how many cells both have it for.
        pearson, spearman, kendall: correlations of the two tables' means; NaN where they say nothing (fewer than
            two cells, or all equal).
        mean_difference: mean of second − first.
        mean_absolute_difference: mean of |second − first|.
        max_absolute_difference: largest |second − first|.
        max_difference_hash: the cell where it is.
        noise_first, noise_second: standard deviation between the repeats of a cell in each table (pooled, n − 1); NaN
            where no cell has two repeats.
        expected_difference: the mean |second − first| that this noise alone would give, if it were normal.
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
        """Plain values for JSON; NaN becomes None."""
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(self).items()
        }


def common_cells(first: TableFile, second: TableFile) -> tuple[Indices, Indices]:
    """Numbers of the cells that both have, in each.

    Raises:
        InputError: there is none.
    """
    keys = [np.ascontiguousarray(table.hashes).view("S16").ravel() for table in (first, second)]
    _, here, there = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    if not len(here):
        raise InputError(f"{first.path.name} and {second.path.name} have no cell in common")
    return here, there


def compare(
    first: TableFile, second: TableFile, metrics: Sequence[str] = METRICS, epochs: Sequence[int] | None = None
) -> list[MetricComparison]:
    """Compare two tables, metric by metric and budget by budget.

    Args:
        first: a table, such as the published one.
        second: another, such as one of one's own trainings.
        metrics: fields to compare.
        epochs: budgets to compare; None for all that both have.

    Raises:
        InputError: they have no cell, or no budget, in common.
        OutOfDomainError: a budget was asked for that one of them does not have.
    """
    here, there = common_cells(first, second)
    budgets = epochs or sorted(set(first.metadata.epochs) & set(second.metadata.epochs))
    if not budgets:
        raise InputError(
            f"no budget in common: {first.path.name} has epochs {list(first.metadata.epochs)}, "
            f"{second.path.name} {list(second.metadata.epochs)}"
        )
    return [_compare(first, second, here, there, metric, budget) for budget in budgets for metric in metrics]


def paired_means(first: TableFile, second: TableFile, metric: str, epochs: int) -> tuple[Doubles, Doubles]:
    """Both tables' means of a metric, for the cells that both have it for; what a scatter plot shows."""
    here, there = common_cells(first, second)
    a, b = cell_means(first, metric, epochs)[0][here], cell_means(second, metric, epochs)[0][there]
    both = ~np.isnan(a) & ~np.isnan(b)
    return a[both], b[both]


def _compare(
    first: TableFile, second: TableFile, here: Indices, there: Indices, metric: str, epochs: int
) -> MetricComparison:
    (a, counts_a), (b, counts_b) = cell_means(first, metric, epochs), cell_means(second, metric, epochs)
    both = ~np.isnan(a[here]) & ~np.isnan(b[there])
    here, there = here[both], there[both]
    difference = b[there] - a[here]
    noise_a, noise_b = _noise(first, metric, epochs, a), _noise(second, metric, epochs, b)
    if len(here):
        largest = int(np.argmax(np.abs(difference)))
        of_means = np.sqrt(noise_a**2 / counts_a[here] + noise_b**2 / counts_b[there])
        expected = float(np.mean(of_means)) * math.sqrt(2 / math.pi)
    nan = math.nan
    return MetricComparison(
        epochs,
        metric,
        len(here),
        *_correlations(a[here], b[there]),
        float(difference.mean()) if len(here) else nan,
        float(np.abs(difference).mean()) if len(here) else nan,
        float(np.abs(difference[largest])) if len(here) else nan,
        first.hash_of(int(here[largest])) if len(here) else "",
        noise_a,
        noise_b,
        expected if len(here) else nan,
    )


def _correlations(a: Doubles, b: Doubles) -> tuple[float, float, float]:
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan, math.nan, math.nan
    from scipy import stats

    return tuple(float(test(a, b).statistic) for test in (stats.pearsonr, stats.spearmanr, stats.kendalltau))  # type: ignore[return-value]


def _noise(table: TableFile, metric: str, epochs: int, means: Doubles) -> float:
    """Standard deviation between the repeats of a cell, pooled over cells."""
    rows = np.flatnonzero(table.epochs == epochs)
    values = metric_values(table, metric, rows)
    owners = np.searchsorted(table.row_starts, rows, side="right") - 1
    there = ~np.isnan(values)
    squares = np.bincount(owners[there], (values[there] - means[owners[there]]) ** 2, minlength=table.cells)
    counts = np.bincount(owners[there], minlength=table.cells)
    freedom = int(np.maximum(counts - 1, 0).sum())
    return math.sqrt(float(squares.sum()) / freedom) if freedom else math.nan
