from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.cost_scatter import cost_figure, pareto_front

POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25)


@settings(max_examples=60)
@given(POINTS)
def test_the_front_has_the_points_that_none_beats(points: list[tuple[int, int]]) -> None:
    costs, accuracies = (np.array([point[axis] for point in points], float) for axis in (0, 1))
    front = pareto_front(costs, accuracies)
    wanted = {
        point
        for point in points
        if not any(other != point and other[0] <= point[0] and other[1] >= point[1] for other in points)
    }
    assert {points[position] for position in front} == wanted
    assert list(costs[front]) == sorted(set(costs[front]))


def test_cells_without_a_value_are_left_out_and_counted_so() -> None:
    accuracies = np.array([0.5, np.nan, 0.7])
    figure: Any = cost_figure(
        {"time (s)": np.array([1.0, 2.0, 3.0]), "parameters": np.array([1.0, 2.0, 900.0])},
        accuracies,
        marked={"mine": 2},
    )
    times, parameters = figure.axes
    assert (times.get_xscale(), parameters.get_xscale()) == ("linear", "log")
    assert len(times.collections[0].get_offsets()) == 2
    assert times.collections[1].get_offsets().tolist() == [[3.0, 0.7]]
    assert [text.get_text() for text in figure.legends[0].texts] == ["2 cells", "best at each cost", "mine"]


def test_many_cells_become_a_density_that_counts_each_once() -> None:
    rng = np.random.default_rng(0)
    accuracies = rng.random(5000)
    figure: Any = cost_figure({"time (s)": rng.uniform(1, 1000, 5000)}, accuracies)
    counts = np.asarray(figure.axes[0].collections[0].get_array())
    assert counts.sum() == 5000
    assert 100 < len(counts) < 5000


def test_a_table_without_values_says_so_and_has_no_numbers_on_its_axes() -> None:
    axes: Any = cost_figure({"time (s)": np.array([np.nan])}, np.array([np.nan])).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no cell has both values"]
    assert (axes.get_xticks().tolist(), axes.get_yticks().tolist()) == ([], [])


def test_paths_join_cells_in_their_order_in_place_of_the_front() -> None:
    costs, accuracies = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.6, 0.7])
    axes: Any = cost_figure({"time (s)": costs}, accuracies, paths={"a run": [2, 0, 1]}).axes[0]
    lines = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert lines["a run"] == [[3.0, 0.7], [1.0, 0.5], [2.0, 0.6]]
    assert "best at each cost" not in lines


def test_costs_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match=r"time \(s\) has 2 values for 3 accuracies"):
        cost_figure({"time (s)": np.ones(2)}, np.ones(3))
    with pytest.raises(InputError, match="no cost"):
        cost_figure({}, np.ones(3))
