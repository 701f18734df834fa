from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.regret import RegretCurve, final_regret_figure, regret_figure


def test_a_curve_for_each_algorithm_on_logarithmic_axes_with_its_band() -> None:
    times = np.array([10.0, 100.0, 1000.0])
    middle = np.array([0.1, 0.02, 0.004])
    figure: Any = regret_figure(
        [RegretCurve("evolution", times, middle, middle / 2, middle * 2), RegretCurve("random", times, middle)]
    )
    axes: Any = figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [line.get_label() for line in axes.lines] == ["evolution", "random"]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), middle)
    band = axes.collections[0].get_paths()[0].vertices
    assert np.isclose(band[:, 1].max(), 0.2)
    assert np.isclose(band[:, 1].min(), 0.002)
    assert len(axes.collections) == 1
    assert [text.get_text() for text in figure.legends[0].texts] == ["evolution", "random"]


def test_a_regret_of_zero_is_drawn_at_the_lower_edge_with_a_mark() -> None:
    figure: Any = regret_figure([RegretCurve("local", np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.0, 0.0]))])
    curve, mark = figure.axes[0].lines
    drawn = np.asarray(curve.get_ydata(), float)
    assert drawn[1] == drawn[2] > 0
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([2.0], [drawn[1]])


def test_the_distribution_of_final_regrets_reaches_the_share_of_runs() -> None:
    finals = np.array([0.03, 0.01, 0.02, np.nan])
    axes: Any = final_regret_figure({"random": finals}).axes[0]
    line = axes.lines[0]
    x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
    for regret in (0.01, 0.02, 0.03):
        assert np.isclose(y[x <= regret].max(), np.mean(finals <= regret))  # a run without a regret is one of all
    assert (line.get_label(), y.max()) == ("random (3 of 4 runs)", 0.75)
    assert final_regret_figure({"random": finals, "none": np.full(2, np.nan)}).axes[0].lines[1].get_ydata()[-1] == 0  # type: ignore[index]


def test_the_axis_says_where_regrets_of_zero_or_less_are_drawn() -> None:
    for finals, expected in (
        ([0.01, 0.1], "regret"),
        ([-0.2, 0.0, 0.01, 0.1], "regret (below 0.01: at the left edge)"),
    ):
        assert final_regret_figure({"a": np.array(finals)}, x_label="regret").axes[0].get_xlabel() == expected
    times, middle = np.array([1.0, 2.0]), np.array([0.1, 0.0])
    axes = regret_figure([RegretCurve("a", times, middle)], y_label="regret").axes[0]
    assert axes.get_ylabel() == "regret (below 0.1: at the lower edge)"
    assert regret_figure([RegretCurve("a", times, middle + 1)], y_label="regret").axes[0].get_ylabel() == "regret"


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InputError, match="at least one algorithm"):
        regret_figure([])
    with pytest.raises(InputError, match="random: got 2 times and 3 regrets"):
        regret_figure([RegretCurve("random", np.ones(2), np.ones(3))])
    for finals in ({}, {"random": np.array([])}):
        with pytest.raises(InputError, match="at least one run"):
            final_regret_figure(finals)
