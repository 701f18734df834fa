"""Agreement of accuracies at different budgets: how well a short training predicts a long one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.density import draw_points
from nasbench_pytorch.plots.figures import INK, PALETTE, new_figure, set_title, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Numbers = npt.NDArray[np.float64]

_BEST_SHARE = 0.1
_FEWEST = 3
_FEWEST_BEST = 20
"""Cells; a correlation of fewer says nothing."""


def budgets_figure(accuracies: Mapping[int, Numbers], *, name: str = "validation accuracy", title: str = "") -> Figure:
    """Draw a grid of budgets: scatter plots below the diagonal, histograms on it, rank correlations above it.

    A correlation is Spearman's, over all cells that have both budgets, and over the tenth of them that is best at the
    larger budget.

    Args:
        accuracies: epochs → accuracy of each cell, shape (cells,); NaN where the cell lacks the budget.
        name: name of the accuracy.
        title: text above the picture.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InputError: there is no budget, or the budgets differ in their number of cells.
    """
    lengths = {len(values) for values in accuracies.values()}
    if len(lengths) != 1:
        raise InputError(f"got {len(accuracies)} budgets with {sorted(lengths)} cells; give the same cells for each")
    budgets = sorted(accuracies)
    size = len(budgets)
    figure = new_figure(2.3 * size + 0.6, 2.2 * size + 0.6)
    grid = figure.subplots(size, size, squeeze=False)
    limits = {budget: _limits(accuracies[budget]) for budget in budgets}
    for row, upper in enumerate(budgets):
        for column, lower in enumerate(budgets):
            axes = grid[row][column]
            if row == column:
                _draw_histogram(axes, accuracies[upper], limits[upper])
            elif row > column:
                draw_points(axes, accuracies[lower], accuracies[upper], (*limits[lower], *limits[upper]))
                axes.set(xlim=limits[lower], ylim=limits[upper])
                style_axes(axes)
            else:
                _write_correlation(axes, accuracies[upper], accuracies[lower])
            axes.locator_params(nbins=4)
            if row == size - 1:
                axes.set_xlabel(_epochs(lower), fontsize=9, color=INK)
            if column == 0:
                axes.set_ylabel(_epochs(upper), fontsize=9, color=INK)
    figure.supxlabel(name, fontsize=9, color=INK)
    set_title(figure, title)
    return figure


def rank_correlations(first: Numbers, second: Numbers) -> tuple[float, float, int]:
    """Return Spearman's correlation of two accuracies, that of the best tenth by `second`, and the number of cells.

    A correlation is NaN where all cells have one value, or there are fewer than 3, or than 20 of the best tenth.

    Args:
        first: accuracy of each cell at one budget, shape (cells,); NaN where unknown.
        second: at another budget.
    """
    known = ~(np.isnan(first) | np.isnan(second))
    first, second = first[known], second[known]
    best = second >= np.quantile(second, 1 - _BEST_SHARE) if len(second) else known[:0]
    return _spearman(first, second), _spearman(first[best], second[best], _FEWEST_BEST), len(first)


def _spearman(first: Numbers, second: Numbers, fewest: int = _FEWEST) -> float:
    if len(first) < fewest or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    from scipy.stats import rankdata

    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])


def _write_correlation(axes: Axes, first: Numbers, second: Numbers) -> None:
    everywhere, among_best, cells = rank_correlations(first, second)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    if not np.isnan(everywhere):
        axes.set_facecolor((*_rgb(PALETTE[0]), 0.28 * abs(everywhere)))
    middle = {"ha": "center", "va": "center", "transform": axes.transAxes, "color": INK}
    axes.text(0.5, 0.6, _number(everywhere), fontsize=15, **middle)  # type: ignore[arg-type]
    best_text = "" if np.isnan(among_best) else f"best tenth {_number(among_best)}\n"
    axes.text(0.5, 0.28, f"{best_text}{cells:,} cells", fontsize=7.5, **middle)  # type: ignore[arg-type]


def _draw_histogram(axes: Axes, values: Numbers, limits: tuple[float, float]) -> None:
    axes.hist(values[~np.isnan(values)], bins=50, range=limits, color=PALETTE[0], linewidth=0)
    axes.set(xlim=limits, yticks=[])
    style_axes(axes, grid="none")
    axes.spines["left"].set_visible(False)


def _limits(values: Numbers) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    margin = 0.04 * ((high - low) or 1.0)
    return low - margin, high + margin


def _epochs(budget: int) -> str:
    return f"{budget} epoch{'' if budget == 1 else 's'}"


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


def _rgb(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255
