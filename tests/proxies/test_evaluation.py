"""Rank statistics against scipy and brute force, samples, and the published correlations of simple counts."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.proxies import (
    PROXIES,
    SAMPLES,
    evaluate_proxies,
    rank_statistics,
    sample_rows,
    score_columns,
)
from nasbench_pytorch.proxies.evaluation import baseline_columns
from nasbench_pytorch.proxies.jobs import CellScore
from nasbench_pytorch.proxies.ranking import _kendalls, kendall, spearman
from nasbench_pytorch.space import SearchSpace, Skeleton, enumerate_cells

COLUMNS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=12, max_size=30)


@pytest.fixture(scope="module")
def space() -> SearchSpace:
    return enumerate_cells(max_vertices=5, cache=False)


@settings(max_examples=30)
@given(COLUMNS)
def test_correlations_are_scipys_and_precision_is_a_mean_over_orders(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, float).T
    result = rank_statistics(x, y, resamples=0)
    assert result.top == 1
    best_x, best_y = x == x.max(), y == y.max()
    assert result.top_precision == pytest.approx((best_x / best_x.sum()) @ (best_y / best_y.sum()))
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert math.isnan(result.spearman) and math.isnan(result.kendall)
        return
    assert result.spearman == pytest.approx(stats.spearmanr(x, y).statistic)
    pairs_of = list(itertools.combinations(range(len(x)), 2))
    concordance = sum(np.sign(x[i] - x[j]) * np.sign(y[i] - y[j]) for i, j in pairs_of)
    untied = [sum(side[i] != side[j] for i, j in pairs_of) for side in (x, y)]
    assert result.kendall == pytest.approx(concordance / math.sqrt(untied[0] * untied[1]))


def test_the_bootstrap_resamples_cells() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=60).round(1)
    y = x + rng.normal(size=60)
    rows = rng.integers(60, size=(20, 60))
    expected = [kendall(x[chosen], y[chosen]) for chosen in rows]
    assert _kendalls(x, y, rows) == pytest.approx(expected)
    result = rank_statistics(x, y, resamples=500, seed=1)
    assert result == rank_statistics(x, y, resamples=500, seed=1)
    for value, (low, high) in ((result.spearman, result.spearman_interval), (result.kendall, result.kendall_interval)):
        assert low < value < high
    # Fisher's approximation of the standard error, within a third.
    width = (result.spearman_interval[1] - result.spearman_interval[0]) / 3.92
    assert width == pytest.approx((1 - result.spearman**2) / math.sqrt(57), rel=0.35)


def test_values_that_are_not_finite_are_counted_and_left_out() -> None:
    x = np.arange(20.0)
    x[3], x[4], x[5] = math.nan, math.inf, -math.inf
    result = rank_statistics(x, np.arange(20.0))
    assert (result.cells, result.not_finite, result.spearman, result.top_precision) == (17, 3, 1.0, 1.0)
    for values, accuracies, message in (
        (x[:9], x[:9], "finite number"),
        (np.arange(9.0), np.arange(9.0), "at least 10 cells"),
        (np.arange(9.0), np.arange(8.0), "for each cell"),
    ):
        with pytest.raises(InputError, match=message):
            rank_statistics(values, accuracies)


def test_samples_are_what_they_are_called(space: SearchSpace) -> None:
    uniform, notebook, distinct, first = (sample_rows(space, name, 300, 1) for name in SAMPLES[:4])
    assert len(set(uniform)) == 300 and list(first) == list(range(300))
    assert len(notebook) == 300 > len(set(notebook))
    assert list(distinct) == list(dict.fromkeys(notebook))
    assert len(sample_rows(space, "all", 1)) == len(space)
    with pytest.raises(InputError, match="got 100,000"):
        sample_rows(space, "uniform", 100_000)
    with pytest.raises(InputError, match="unknown sample 'some'; there are: uniform"):
        sample_rows(space, "some", 10)  # type: ignore[arg-type]


def test_baselines_are_the_counts_of_each_cell(space: SearchSpace) -> None:
    skeleton = Skeleton(stem_out_channels=16)
    columns = baseline_columns(space, skeleton)
    for row in range(0, len(space), 97):
        for name, column in columns.items():
            of_cell = PROXIES[name].of_cell
            assert of_cell is not None and column[row] == of_cell(space[row], skeleton)


def test_all_proxies_are_compared_on_the_same_cells(space: SearchSpace) -> None:
    accuracies = np.linspace(0.5, 0.9, len(space))
    accuracies[7] = math.nan
    scores = [
        CellScore(space.hash_at(row), seed, {"good": row + seed, "broken": math.nan}, 1.0)
        for row in range(50)
        for seed in (0, 2)
    ]
    columns = score_columns(space, [*scores, CellScore("0" * 32, 0, {"good": 1.0}, 1.0)])
    assert columns["good"][3] == 4 and math.isnan(columns["good"][50])
    (evaluation,) = evaluate_proxies(space, accuracies, columns, ["first"], count=60, resamples=10)
    assert (evaluation.drawn, evaluation.used) == (60, 49)
    assert list(evaluation.statistics) == ["params", "flops", "conv3x3", "good"]  # broken has no finite value
    assert evaluation.statistics["good"].spearman == 1.0
    assert {statistics.cells for statistics in evaluation.statistics.values()} == {49}
    with pytest.raises(InputError, match="good has the shape"):
        evaluate_proxies(space, accuracies, {"good": np.zeros(3)})


def test_simple_counts_have_their_published_correlations(dev_data: Path) -> None:
    file = dev_data / "data" / "nasbench101_sample" / "test_mean_108_all_cells.npz"
    if not file.exists():
        pytest.skip("the mean test accuracies of all cells are not on this machine")
    accuracies = np.load(file)["correct_of_29952"] / 29952
    columns = baseline_columns(enumerate_cells())
    found = {name: round(spearman(column, accuracies), 4) for name, column in columns.items()}
    assert found == {"params": 0.4350, "flops": 0.4342, "conv3x3": 0.5243}
