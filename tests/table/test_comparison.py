from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import compare
from nasbench_pytorch.table.comparison import paired_means
from tests.helpers.table_samples import SPECS, benchmark_of, invented_records, table_of


def test_a_comparison_equals_scipys_and_numpys_numbers(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    first = benchmark_of(tmp_path, invented_records(SPECS[:5], seed=1))
    second = benchmark_of(tmp_path / "b", invented_records(SPECS[1:], seed=2))
    common = sorted(set(first) & set(second))
    lines = compare(first.table, second.table, ("test_accuracy", "halfway_train_accuracy"))
    assert [(line.epochs, line.metric) for line in lines] == [
        (epochs, metric) for epochs in (4, 108) for metric in ("test_accuracy", "halfway_train_accuracy")
    ]
    for line in lines:
        a, b = (table.lookup(common, line.metric, line.epochs) for table in (first, second))
        assert line.cells == len(common) == 4
        assert line.pearson == pytest.approx(np.corrcoef(a, b)[0, 1])
        assert line.spearman == pytest.approx(stats.spearmanr(a, b).statistic)
        assert line.kendall == pytest.approx(stats.kendalltau(a, b).statistic)
        assert line.mean_difference == pytest.approx((b - a).mean())
        assert line.mean_absolute_difference == pytest.approx(abs(b - a).mean())
        assert line.max_absolute_difference == pytest.approx(abs(b - a).max())
        assert line.max_difference_hash == common[int(abs(b - a).argmax())]
        values = defaultdict(list)
        for row in first.to_arrow().select(["hash", "epochs", line.metric]).to_pylist():
            if row["epochs"] == line.epochs:
                values[row["hash"]].append(row[line.metric])
        spread = [np.var(repeats, ddof=1) for repeats in values.values()]
        assert line.noise_first == pytest.approx(math.sqrt(np.mean(spread)))
        assert sorted(paired_means(first.table, second.table, line.metric, line.epochs)[0]) == pytest.approx(sorted(a))


def test_differences_of_noise_alone_are_as_large_as_expected(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    base = invented_records(SPECS, tuple(range(1, 60)), 3)
    tables = []
    for name in "ab":
        noisy = [
            dataclasses.replace(
                row, values=(*row.values[:14], 0.5 + 0.01 * generator.standard_normal(), row.values[15])
            )
            for row in base
        ]
        tables.append(table_of(tmp_path, noisy, name))
    first, second = tables
    lines = compare(first, second, ("test_accuracy",))
    ratio = np.mean([line.mean_absolute_difference for line in lines]) / np.mean(
        [line.expected_difference for line in lines]
    )
    assert 0.9 < ratio < 1.1


def test_a_table_agrees_with_itself(tmp_path: Path) -> None:
    table = table_of(tmp_path, invented_records())
    for line in compare(table, table):
        assert (line.max_absolute_difference, line.mean_difference) == (0.0, 0.0)
        assert [line.pearson, line.spearman, line.kendall] == pytest.approx([1.0, 1.0, 1.0])


def test_noise_of_one_repeat_and_correlation_of_one_cell_are_undefined(tmp_path: Path) -> None:
    table = table_of(tmp_path, invented_records(SPECS[:1], (4,), 1))
    for line in compare(table, table):
        assert math.isnan(line.noise_first)
        assert math.isnan(line.pearson)
        assert line.to_dict()["kendall"] is None


def test_tables_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    first = table_of(tmp_path, invented_records(SPECS[:2], (4,)), "a")
    with pytest.raises(InputError, match="no cell in common"):
        compare(first, table_of(tmp_path, invented_records(SPECS[2:], (4,)), "b"))
    with pytest.raises(InputError, match="no budget in common"):
        compare(first, table_of(tmp_path, invented_records(SPECS[:2], (12,)), "c"))
