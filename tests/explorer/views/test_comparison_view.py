"""Two tables side by side, beside scipy's correlations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer import ExploredTable, TableComparison
from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.table import TableBuilder, TableFile
from nasbench_pytorch.table.queries import cell_means
from tests.helpers.explorer_samples import irregular_table, mini_table


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> TableComparison:
    second = irregular_table(tmp_path_factory.mktemp("second"), [(3, 0), (3, 1), (2, 2), (2, 0), (1, 1)])
    return TableComparison(mini_table(), second)


def test_pairs_are_the_means_of_both_tables(comparison: TableComparison) -> None:
    found = comparison.values(4, "test_accuracy")
    first, second = mini_table().file, comparison.second.file
    means = [cell_means(table, "test_accuracy", 4)[0] for table in (first, second)]
    pairs = {}
    for row in range(second.cells):
        mine = first.find(second.hash_of(row))
        if mine is not None:
            pairs[mine] = [means[0][mine], means[1][row]]
    assert 2 <= len(pairs) < second.cells
    assert found.rows.tolist() == sorted(pairs)
    np.testing.assert_allclose(np.stack([found.x, found.y], axis=1), [pairs[row] for row in sorted(pairs)], rtol=1e-6)


def test_correlations_are_scipys(comparison: TableComparison) -> None:
    found = comparison.values(4, "test_accuracy")
    statistics = comparison.statistics(4, "test_accuracy")
    assert statistics["correlation"]["spearman"] == pytest.approx(stats.spearmanr(found.x, found.y).statistic)
    assert statistics["cells"] == len(found.rows)
    assert [budget["epochs"] for budget in comparison.by_budget("test_accuracy")] == [4, 12]


def test_a_table_agrees_with_itself() -> None:
    same = TableComparison(mini_table(), mini_table())
    assert same.statistics(12, "training_time")["correlation"] == pytest.approx(
        dict.fromkeys(("pearson", "spearman", "kendall"), 1)
    )


@pytest.mark.parametrize(("epochs", "metric"), [(5, "test_accuracy"), (4, "x")])
def test_what_both_lack_is_refused(comparison: TableComparison, epochs: int, metric: str) -> None:
    with pytest.raises(InputError, match="in both tables; there are: "):
        comparison.statistics(epochs, metric)


def test_tables_without_a_common_cell_or_budget_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no cell in common"):
        TableComparison(mini_table(), _chain_of(tmp_path, 8, 4))
    with pytest.raises(InputError, match="no budget in common"):
        TableComparison(mini_table(), _chain_of(tmp_path, 1, 36))


def _chain_of(folder: Path, length: int, epochs: int) -> ExploredTable:
    builder, path = TableBuilder(), folder / f"{length}_{epochs}.arrow"
    ops = ["input", *["maxpool3x3"] * length, "output"]
    builder.add(ModelSpec(np.eye(length + 2, k=1, dtype=np.int8), ops), epochs, 0, [])
    builder.write(path)
    return ExploredTable(TableFile(path))
