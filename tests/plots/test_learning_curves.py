from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.learning_curves import CurvePanel, curves_figure, evenly_chosen


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(2, 20))
def test_chosen_values_are_spread_from_the_smallest_to_the_largest(values: list[float], count: int) -> None:
    array = np.array(values)
    chosen = evenly_chosen(array, count)
    assert len(chosen) == len(set(chosen.tolist())) == min(count, len(values))
    assert list(array[chosen]) == sorted(array[chosen])
    assert (array[chosen[0]], array[chosen[-1]]) == (min(values), max(values))


def test_every_training_is_a_line_and_the_median_a_thick_one() -> None:
    values = np.array([[3.0, 2.0, 1.0], [2.0, 1.5, np.nan], [4.0, 3.0, 2.0]])
    epochs = np.array([1.0, 2.0, 3.0])
    panel = CurvePanel("4 epochs", epochs, values, np.array([0.8, np.nan, 0.6]))
    axes: Any = curves_figure([panel, panel]).axes
    assert len(axes) == 3  # and a bar of colours
    lines = {tuple(map(tuple, segment)) for segment in axes[0].collections[0].get_segments()}
    assert lines == {((1, 3), (2, 2), (3, 1)), ((1, 2), (2, 1.5)), ((1, 4), (2, 3), (3, 2))}
    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), [3.0, 2.0, 1.5])
    assert axes[0].get_title() == "4 epochs"


def test_trainings_of_one_epoch_are_dots() -> None:
    panel = CurvePanel("1 epoch", np.array([1.0]), np.array([[3.0], [np.nan], [2.0]]), np.array([0.1, 0.2, 0.3]))
    axes: Any = curves_figure([panel]).axes[0]
    assert axes.collections[1].get_offsets().tolist() == [[1.0, 3.0], [1.0, 2.0]]
    assert axes.get_xlim() == (0.0, 2.0)


def test_curves_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="at least one panel"):
        curves_figure([])
    with pytest.raises(InputError, match=r"4 epochs: values have the shape \(2, 3\), expected \(2, 4\)"):
        curves_figure([CurvePanel("4 epochs", np.arange(4.0), np.ones((2, 3)), np.ones(2))])
