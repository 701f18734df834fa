"""Points of a scatter plot: single ones while they are few, a density where there are many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.plots.figures import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = npt.NDArray[np.float64]

MANY = 3000
"""Points; more are drawn as a density: of 400,000 points, those drawn last would hide the others."""
_GRID = 70
_COLOUR = PALETTE[0]
_SHADES = ("#c3d5ec", _COLOUR, "#142a52")


def draw_points(axes: Axes, x: Numbers, y: Numbers, extent: tuple[float, float, float, float] | None = None) -> None:
    """Draw points, or the logarithm of their number in hexagons where there are more than 3,000.

    Points with a NaN are left out.

    Args:
        axes: the axes; a logarithmic x axis must be set before.
        x: shape (points,).
        y: shape (points,).
        extent: least and largest x, least and largest y of the hexagons; those of the points if None.
    """
    known = ~(np.isnan(x) | np.isnan(y))
    x, y = x[known], y[known]
    if len(x) > MANY:
        from matplotlib.colors import LinearSegmentedColormap

        shades = LinearSegmentedColormap.from_list("shades", _SHADES)
        # Thousands of hexagons would make an .svg of megabytes.
        look: dict[str, Any] = {
            "gridsize": _GRID,
            "bins": "log",
            "cmap": shades,
            "linewidths": 0.1,
            "rasterized": True,
            "zorder": 2,
        }
        scale: Any = axes.get_xscale()
        axes.hexbin(x, y, xscale=scale, extent=extent, mincnt=1, **look)
    elif len(x):
        size = float(np.clip(600 / len(x), 4, 30))
        axes.scatter(x, y, s=size, color=_COLOUR, alpha=0.65, linewidths=0, zorder=2)
