"""Means, noise, ranks and failures beside plain loops over the rows, in regular and irregular tables."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from nasbench_pytorch.explorer.views import repeats, result_columns
from nasbench_pytorch.table import queries
from tests.helpers.explorer_samples import irregular_table, mini_table

if TYPE_CHECKING:
    from nasbench_pytorch.explorer import ExploredTable

SHAPES = {
    "regular": [(2, 3)] * 5,
    "irregular": [(2, 3), (0, 1), (3, 0), (1, 1), (0, 4), (2, 2)],
    "one cell": [(1, 0)],
}


def values_by_cell(table: ExploredTable, metric: str, epochs: int) -> list[list[float]]:
    """Return the values that each cell's rows have, row by row."""
    file = table.file
    found: list[list[float]] = [[] for _ in range(file.cells)]
    for cell in range(file.cells):
        for row in range(file.row_starts[cell], file.row_starts[cell + 1]):
            value = float(queries.metric_values(file, metric, np.array([row]))[0])
            if file.epochs[row] == epochs and not math.isnan(value):
                found[cell].append(value)
    return found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("epochs", [4, 12])
def test_columns_are_what_a_loop_over_the_rows_finds(shape: str, epochs: int, tmp_path: Path) -> None:
    table = irregular_table(tmp_path, SHAPES[shape])
    if epochs not in table.file.metadata.epochs:
        pytest.skip("the table lacks the budget")
    rows = values_by_cell(table, "test_accuracy", epochs)
    means = result_columns.mean(table.file, "test_accuracy", epochs)
    assert np.allclose(means, [float(np.mean(values)) if values else math.nan for values in rows], equal_nan=True)
    noise = result_columns.noise(table.file, "test_accuracy", epochs)
    expected = [float(np.std(values, ddof=1)) if len(values) > 1 else math.nan for values in rows]
    assert np.allclose(noise, expected, equal_nan=True)
    failed = [sum(value < 0.2 for value in values) if values else 255 for values in rows]
    assert result_columns.failed_repeats(table.file, epochs).tolist() == failed
    ranks = stats.rankdata(-means, method="min", nan_policy="omit")
    np.testing.assert_array_equal(result_columns.rank(table.file, "test_accuracy", epochs), ranks)


def test_the_mean_is_that_of_queries() -> None:
    file = mini_table().file
    for metric in ("test_accuracy", "halfway_train_accuracy", "training_time", "attempts"):
        expected = queries.cell_means(file, metric, 12)[0]
        np.testing.assert_array_equal(result_columns.mean(file, metric, 12), expected)


def test_slices_of_a_regular_table_are_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    file = mini_table().file
    fast = list(repeats.values_of_repeats(file, "validation_accuracy", 12))
    monkeypatch.setattr(repeats, "_common_pattern", lambda table: None)
    slow = list(repeats.values_of_repeats(file, "validation_accuracy", 12))
    np.testing.assert_array_equal(fast, slow)
    assert len(fast) == 3
