"""Learning curves of many trainings in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.figures import INK, SEQUENCE, new_figure, set_title, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Numbers = npt.NDArray[np.float64]

MOST_CURVES = 400
"""Curves of a panel that can still be told apart. Of more, callers choose so many with `evenly_chosen`."""


@dataclass(frozen=True)
class CurvePanel:
    """Curves of trainings that have a budget in common.

    Attributes:
        title: text above the panel.
        epochs: epochs at which the values were measured, ascending, shape (points,).
        values: a row for each training, NaN where missing, shape (trainings, points).
        accuracies: final accuracy of each training, which colours its curve, shape (trainings,); NaN where unknown.
    """

    title: str
    epochs: Numbers
    values: Numbers
    accuracies: Numbers


def curves_figure(
    panels: Sequence[CurvePanel],
    *,
    y_label: str = "mean training loss",
    colour_label: str = "validation accuracy",
    title: str = "",
    log_y: bool = False,
) -> Figure:
    """Draw a panel of curves for each budget, coloured by final accuracy, with the median as a thick line.

    Args:
        panels: at least one.
        y_label: name of the values.
        colour_label: name of the accuracy that colours the curves.
        title: text above the picture.
        log_y: draw the values on a logarithmic axis.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InputError: there is no panel, or a panel's arrays do not fit together.
    """
    if not panels:
        raise InputError("there are no learning curves to draw; give at least one panel")
    for panel in panels:
        shape = (len(panel.accuracies), len(panel.epochs))
        if panel.values.shape != shape:
            raise InputError(f"{panel.title}: values have the shape {panel.values.shape}, expected {shape}")
    columns = 2 if len(panels) == 4 else min(len(panels), 3)
    rows = -(-len(panels) // columns)
    figure = new_figure(4.2 * columns + 1.0, 3.4 * rows + 0.4)
    grid: list[Axes] = list(figure.subplots(rows, columns, squeeze=False, sharey=True).ravel())
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.ticker import MaxNLocator

    scale = ScalarMappable(Normalize(*_range([panel.accuracies for panel in panels])), SEQUENCE)
    for number, (axes, panel) in enumerate(zip(grid, panels, strict=False)):
        _draw_panel(axes, panel, scale)
        axes.set(xlabel="epochs", ylabel=y_label if number % columns == 0 else "")
        axes.set_yscale("log" if log_y else "linear")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        style_axes(axes, panel.title)
    bar = figure.colorbar(scale, ax=grid[: len(panels)], fraction=0.04, pad=0.02)
    bar.set_label(colour_label, fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8, colors=INK)
    set_title(figure, title)
    return figure


def _draw_panel(axes: Axes, panel: CurvePanel, scale: object) -> None:
    from matplotlib.collections import LineCollection

    order = np.argsort(panel.accuracies, kind="stable")  # the best on top
    lines = [np.column_stack([panel.epochs, panel.values[row]]) for row in order]
    lines = [line[~np.isnan(line[:, 1])] for line in lines]
    colours = scale.to_rgba(np.nan_to_num(panel.accuracies[order]))  # type: ignore[attr-defined]
    opacity = float(np.clip(30 / max(len(order), 1), 0.25, 0.9))
    axes.add_collection(LineCollection(lines, colors=colours, linewidths=0.9, alpha=opacity))
    if len(panel.values) > 1:
        known = ~np.isnan(panel.values).all(axis=0)
        medians = np.nanmedian(panel.values[:, known], axis=0)
        axes.plot(panel.epochs[known], medians, color=INK, linewidth=2, marker="_" if known.sum() == 1 else "")
    alone = [number for number, line in enumerate(lines) if len(line) == 1]  # a line of one point is invisible
    if alone:
        across, up = np.concatenate([lines[number] for number in alone]).T
        axes.scatter(across, up, s=14, c=colours[alone], alpha=opacity)
    axes.autoscale_view()
    if len(panel.epochs) == 1:
        axes.set_xlim(panel.epochs[0] - 1, panel.epochs[0] + 1)


def evenly_chosen(values: Numbers, count: int) -> npt.NDArray[np.int64]:
    """Return positions of at most `count` values, evenly spread over their ranks, in ascending order of the values.

    The smallest and the largest value are among them. NaNs come last.
    """
    order = np.argsort(values, kind="stable")
    if len(order) <= count:
        return order
    chosen: npt.NDArray[np.int64] = order[np.linspace(0, len(order) - 1, count).round().astype(np.int64)]
    return chosen


def _range(values: Sequence[Numbers]) -> tuple[float, float]:
    every = np.concatenate(values)
    known = every[~np.isnan(every)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    return low, high if high > low else low + 0.01
