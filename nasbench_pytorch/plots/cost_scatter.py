"""Accuracy of cells over what they cost: the scatter plots of Ying et al. 2019 (arXiv 1902.09635)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.density import MANY, draw_points
from nasbench_pytorch.plots.figures import INK, PALETTE, legend_below, new_figure, set_title, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Numbers = npt.NDArray[np.float64]

_MARKERS = ("D", "s", "^", "v", "P", "X")
_RATIO_FOR_LOG = 20.0
"""A cost whose largest value is so many times the least one gets a logarithmic axis."""


def cost_figure(
    costs: Mapping[str, Numbers],
    accuracies: Numbers,
    *,
    y_label: str = "test accuracy",
    marked: Mapping[str, int] | None = None,
    paths: Mapping[str, Sequence[int]] | None = None,
    title: str = "",
) -> Figure:
    """Draw a panel for each cost: accuracy over it, with the best cell for each cost as a line.

    The line is the Pareto front: no cell costs less and is better. More than 3,000 cells are drawn as a density.

    Args:
        costs: name and unit of a cost → its value for each cell, shape (cells,); NaN where unknown.
        accuracies: shape (cells,); NaN where unknown.
        y_label: name of the accuracy.
        marked: name → position of a cell that gets a marker of its own.
        paths: name → positions of cells that a line joins in their order; the Pareto front is then left out.
        title: text above the picture.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InputError: there is no cost, or a cost has another length than the accuracies.
    """
    if not costs:
        raise InputError("there is no cost to draw accuracies over; give at least one")
    for name, cost in costs.items():
        if len(cost) != len(accuracies):
            raise InputError(f"{name} has {len(cost):,} values for {len(accuracies):,} accuracies; give one for each")
    figure = new_figure(4.6 * len(costs) + 0.4, 4.4)
    panels: Sequence[Axes] = figure.subplots(1, len(costs), sharey=True, squeeze=False)[0]
    for axes, (name, cost) in zip(panels, costs.items(), strict=True):
        _draw_panel(axes, cost, accuracies, marked or {}, front=not paths)
        _draw_paths(axes, cost, accuracies, paths or {})
        axes.set_xlabel(name)
        style_axes(axes)
    panels[0].set_ylabel(y_label)
    legend_below(panels[0], columns=5)
    set_title(figure, title)
    return figure


def _draw_panel(axes: Axes, cost: Numbers, accuracies: Numbers, marked: Mapping[str, int], *, front: bool) -> None:
    known = ~(np.isnan(cost) | np.isnan(accuracies))
    x, y = cost[known], accuracies[known]
    if len(x) and x.min() > 0 and x.max() >= _RATIO_FOR_LOG * x.min():
        axes.set_xscale("log")
    if not len(x):
        middle = axes.transAxes
        axes.text(0.5, 0.5, "no cell has both values", ha="center", va="center", color=INK, transform=middle)
        axes.set_xticks([])
    if np.isnan(accuracies).all():
        axes.set_yticks([])
    draw_points(axes, x, y)
    counted = f"{len(x):,} cell{'' if len(x) == 1 else 's'}{' (darker: more)' if len(x) > MANY else ''}"
    axes.plot([], [], linestyle="", marker="o", markersize=4, color=PALETTE[0], label=counted)
    best = pareto_front(x, y)
    if front and len(best) > 1:
        label = "best at each cost"
        axes.plot(x[best], y[best], color=INK, linewidth=1.1, drawstyle="steps-post", zorder=3, label=label)
    for number, (name, cell) in enumerate(marked.items()):
        colour, marker = PALETTE[1 + number % (len(PALETTE) - 1)], _MARKERS[number % len(_MARKERS)]
        look = {"color": colour, "marker": marker, "edgecolors": "white", "linewidths": 0.8, "zorder": 4}
        axes.scatter(cost[cell], accuracies[cell], s=64, label=name, **look)  # type: ignore[arg-type]


def _draw_paths(axes: Axes, cost: Numbers, accuracies: Numbers, paths: Mapping[str, Sequence[int]]) -> None:
    for number, (name, cells) in enumerate(paths.items()):
        joined = np.asarray(cells, np.int64)
        colour, marker = PALETTE[1 + number % (len(PALETTE) - 1)], _MARKERS[number % len(_MARKERS)]
        look = {"color": colour, "marker": marker, "markersize": 5, "linewidth": 1.2, "markeredgecolor": "white"}
        axes.plot(cost[joined], accuracies[joined], label=name, zorder=4, **look)  # type: ignore[arg-type]


def pareto_front(costs: Numbers, accuracies: Numbers) -> npt.NDArray[np.int64]:
    """Return the positions of the points that no other one beats in both, by ascending cost.

    Args:
        costs: shape (N,), without NaN.
        accuracies: shape (N,), without NaN.
    """
    order = np.lexsort((-accuracies, costs))
    best_so_far = np.maximum.accumulate(np.concatenate([[-np.inf], accuracies[order][:-1]])) if len(order) else order
    front: npt.NDArray[np.int64] = order[accuracies[order] > best_so_far]
    return front
