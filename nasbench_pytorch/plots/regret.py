"""Regret of search algorithms over their cost, and the distribution of their final regrets.

The first is Figure 7 of Ying et al. 2019 (arXiv 1902.09635): both axes logarithmic, a curve for each algorithm, and a
band between quartiles of its runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.figures import PALETTE, QUIET, legend_below, new_figure, set_title, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Numbers = npt.NDArray[np.float64]

_LINES = ("-", "--", "-.", ":")
_LEAST_OF_RANGE = 1e-3
"""Smallest regret drawn, as a share of the largest, where a curve reaches 0, which a logarithmic axis cannot show."""


@dataclass(frozen=True)
class RegretCurve:
    """Regret of many runs of one algorithm.

    Attributes:
        name: the algorithm, for the legend.
        times: costs at which the regret is known, ascending, shape (points,).
        middle: mean or median regret of the runs at each cost, shape (points,); NaN before a run has a result.
        low: lower edge of the band, such as the first quartile, shape (points,); None for no band.
        high: upper edge of the band; None for no band.
    """

    name: str
    times: Numbers
    middle: Numbers
    low: Numbers | None = None
    high: Numbers | None = None


def regret_figure(
    curves: Sequence[RegretCurve],
    *,
    x_label: str = "simulated training time (s)",
    y_label: str = "test regret",
    title: str = "",
) -> Figure:
    """Draw the regret of algorithms over their cost.

    A regret of 0 (the best cell was found) or less is drawn at the lower edge, and the axis says so.

    Args:
        curves: one for each algorithm.
        x_label: name and unit of the cost.
        y_label: name of the regret.
        title: text above the picture.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InputError: there are no curves, or a curve's arrays differ in length.
    """
    if not curves:
        raise InputError("there are no curves to draw; give at least one algorithm")
    for curve in curves:
        _check(curve)
    figure = new_figure(7.2, 4.6)
    axes = figure.subplots()
    drawn = [curve.middle for curve in curves] + [curve.low for curve in curves if curve.low is not None]
    least = _least(drawn)
    for number, curve in enumerate(curves):
        _draw(axes, curve, number, least)
    if any(np.nanmin(values, initial=least) < least for values in drawn):
        y_label = f"{y_label} (below {least:.1g}: at the lower edge)"
    axes.set(xscale="log", yscale="log", xlabel=x_label, ylabel=y_label)
    style_axes(axes)
    legend_below(axes)
    set_title(figure, title)
    return figure


def final_regret_figure(
    finals: Mapping[str, Numbers], *, x_label: str = "final test regret", title: str = ""
) -> Figure:
    """Draw, for each algorithm, the share of its runs that end with at most a given regret.

    A regret of 0 or less is drawn at the left edge, and the axis says so. The curve of an algorithm with runs without a
    regret ends below 1.

    Args:
        finals: algorithm → final regret of each run, shape (runs,); NaN for a run without one.
        x_label: name of the regret.
        title: text above the picture.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InputError: there is no algorithm, or one without a run.
    """
    values = {name: np.sort(np.asarray(final, np.float64)) for name, final in finals.items()}  # NaN comes last
    if not values or any(len(final) == 0 for final in values.values()):
        raise InputError("there is no final regret to draw; give at least one run of each algorithm")
    figure = new_figure(7.2, 4.6)
    axes = figure.subplots()
    least = _least(list(values.values()))
    largest = max(float(np.nanmax(final, initial=least)) for final in values.values())
    for number, (name, final) in enumerate(values.items()):
        known = final[~np.isnan(final)]
        share = np.arange(len(known) + 1) / len(final)
        x = np.concatenate([[least], np.maximum(known, least), [largest * 1.1]])
        y = np.append(share, share[-1])
        colour, line = _look(number)
        of_all = "" if len(known) == len(final) else f"{len(known):,} of "
        label = f"{name} ({of_all}{len(final):,} run{'s' if len(final) > 1 else ''})"
        axes.plot(x, y, drawstyle="steps-post", color=colour, linestyle=line, linewidth=1.8, label=label)
    if any(np.nanmin(final, initial=least) < least for final in values.values()):
        x_label = f"{x_label} (below {least:.1g}: at the left edge)"
    axes.set(xscale="log", ylim=(-0.02, 1.02), xlabel=x_label, ylabel="share of runs")
    style_axes(axes)
    legend_below(axes, columns=3)
    set_title(figure, title)
    return figure


def _draw(axes: Axes, curve: RegretCurve, number: int, least: float) -> None:
    colour, line = _look(number)
    if curve.low is not None and curve.high is not None:
        low, high = np.maximum(curve.low, least), np.maximum(curve.high, least)
        axes.fill_between(curve.times, low, high, color=colour, alpha=0.16, linewidth=0)
    middle = np.maximum(curve.middle, least)
    axes.plot(curve.times, middle, color=colour, linestyle=line, linewidth=1.8, label=curve.name)
    ends = np.flatnonzero(curve.middle <= 0)
    if len(ends):
        axes.plot(curve.times[ends[0]], least, marker="v", color=colour, markeredgecolor=QUIET, markersize=7)


def _look(number: int) -> tuple[str, str]:
    """Return colour and line of the curve with this number; both repeat later than either alone."""
    return PALETTE[number % len(PALETTE)], _LINES[number // len(PALETTE) % len(_LINES)]


def _least(regrets: Sequence[Numbers]) -> float:
    """Return the smallest positive regret; zeros are drawn there."""
    values = np.concatenate([np.ravel(regret) for regret in regrets])
    positive = values[values > 0]
    if len(positive) == 0:
        return 1e-4
    return float(max(positive.min(), positive.max() * _LEAST_OF_RANGE) if (values <= 0).any() else positive.min())


def _check(curve: RegretCurve) -> None:
    arrays = [array for array in (curve.middle, curve.low, curve.high) if array is not None]
    if any(len(array) != len(curve.times) for array in arrays):
        sizes = ", ".join(str(len(array)) for array in arrays)
        raise InputError(f"{curve.name}: got {len(curve.times)} times and {sizes} regrets; give one for each time")
