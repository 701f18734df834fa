"""Scatter plot of two measurements of the same things."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.plots.density import draw_points
from nasbench_pytorch.plots.figures import INK, QUIET, new_figure, save_figure, set_title, style_axes


def draw_scatter(
    path: str | os.PathLike[str],
    panels: list[tuple[str, npt.NDArray[np.float64], npt.NDArray[np.float64]]],
    x_label: str,
    y_label: str,
    title: str,
    *,
    same_limits: bool = False,
) -> None:
    """Draw one panel for each pair of measurements, with the diagonal on which both agree.

    Args:
        path: the picture; its suffix gives the format.
        panels: title of each panel, and both measurements, shape (things,).
        x_label: name of the first measurement.
        y_label: name of the second measurement.
        title: text above the picture.
        same_limits: give all panels the same axes, for measurements of one quantity.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InputError: the suffix is none of .png, .svg, .pdf.
    """
    columns = min(len(panels), 4)
    rows = -(-len(panels) // columns)
    figure = new_figure(3.3 * columns + 0.4, 3.3 * rows + 0.5)
    set_title(figure, title)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    limits_of_all = _limits([values for _, x, y in panels for values in (x, y)]) if same_limits else None
    for axes, (name, x, y) in zip(grid, panels, strict=False):
        limits = limits_of_all or _limits([x, y])
        axes.plot(limits, limits, color=QUIET, linewidth=0.8, linestyle="--", zorder=1)
        draw_points(axes, x, y, (*limits, *limits))
        axes.set(xlim=limits, ylim=limits, aspect="equal")
        axes.locator_params(nbins=5)
        style_axes(axes, f"{name}  (n = {len(x):,})")
    figure.supxlabel(x_label, fontsize=9, color=INK)
    figure.supylabel(y_label, fontsize=9, color=INK)
    save_figure(figure, path)


def _limits(measurements: list[npt.NDArray[np.float64]]) -> tuple[float, float]:
    """Return the limits of an axis with a margin around all measurements."""
    values = np.concatenate(measurements)
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    margin = 0.04 * ((high - low) or 1.0)
    return low - margin, high + margin
