from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.budgets import budgets_figure, rank_correlations


def test_the_correlations_are_spearmans_of_all_and_of_the_best_tenth() -> None:
    rng = np.random.default_rng(3)
    long = rng.random(1000).round(2)
    short = long + rng.normal(0, 0.2, 1000)
    short[:50] = np.nan
    everywhere, among_best, cells = rank_correlations(short, long)
    known = ~np.isnan(short)
    assert cells == known.sum() == 950
    assert np.isclose(everywhere, stats.spearmanr(short[known], long[known]).statistic)
    best = known & (long >= np.quantile(long[known], 0.9))
    assert np.isclose(among_best, stats.spearmanr(short[best], long[best]).statistic)


@pytest.mark.parametrize("values", [np.ones(50), np.array([1.0, 2.0]), np.full(9, np.nan), np.array([])])
def test_a_correlation_that_says_nothing_is_nan(values: npt.NDArray[np.float64]) -> None:
    everywhere, among_best, _ = rank_correlations(values, values)
    assert np.isnan(everywhere)
    assert np.isnan(among_best)


def test_each_pair_of_budgets_has_a_scatter_plot_and_a_number() -> None:
    values = np.linspace(0.1, 0.9, 40)
    figure: Any = budgets_figure({12: values**2, 4: values, 108: -values})
    texts = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert [bool(found) for found in texts] == [False, True, True, False, False, True, False, False, False]
    assert texts[1][0] == "1.000"
    assert texts[2][0] == "-1.000"
    assert len(figure.axes[3].collections[0].get_offsets()) == 40
    assert [figure.axes[number].get_ylabel() for number in (0, 3, 6)] == ["4 epochs", "12 epochs", "108 epochs"]


def test_budgets_of_different_cells_are_refused() -> None:
    with pytest.raises(InputError, match="the same cells for each"):
        budgets_figure({4: np.ones(3), 12: np.ones(4)})
    with pytest.raises(InputError, match="got 0 budgets"):
        budgets_figure({})
