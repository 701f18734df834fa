"""Parts of a drawn cell: boxes, edges, channel numbers, legend. Sizes are in inches, text sizes in points."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from nasbench_pytorch.plots.cell_style import EDGE_COLOUR, CellStyle, operation_name
from nasbench_pytorch.plots.figures import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nasbench_pytorch.plots.cell_layout import CellLayout, Point


def bare_axes(figure: Figure, width: float, height: float) -> Axes:
    """Add empty axes over the whole figure whose units are inches."""
    figure.set_layout_engine("none")  # the constrained engine would warn that there is nothing to arrange
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_axis_off()
    return axes


def draw_graph(
    axes: Axes,
    layout: CellLayout,
    ops: Sequence[str],
    top: Point,
    style: CellStyle,
    colours: Mapping[str, str],
    edge_labels: Mapping[tuple[int, int], str] | None = None,
) -> None:
    """Draw one cell.

    Args:
        axes: axes whose units are inches.
        layout: positions of the cell's parts.
        ops: operation of each vertex.
        top: centre of the first layer.
        style: sizes of the parts.
        colours: colour of each operation.
        edge_labels: text on each edge (source, target), or None.
    """
    for edge, route in layout.routes.items():
        points = with_ports([(top[0] + x, top[1] + y) for x, y in route], style)
        _draw_edge(axes, points, style)
        if edge_labels is not None:
            _draw_edge_label(axes, points, edge_labels[edge], style)
    for (x, y), operation in zip(layout.centres, ops, strict=True):
        draw_box(axes, (top[0] + x, top[1] + y), style.name(operation), colours[operation], style)


def draw_box(axes: Axes, centre: Point, text: str, colour: str, style: CellStyle) -> None:
    """Draw a rounded box with white text."""
    from matplotlib.patches import FancyBboxPatch

    rounding = style.box_height * 0.3
    corner = centre[0] - style.box_width / 2, centre[1] - style.box_height / 2
    shape = f"round,pad=0,rounding_size={rounding}"
    axes.add_patch(FancyBboxPatch(corner, style.box_width, style.box_height, shape, fc=colour, ec="none", zorder=3))
    axes.text(*centre, text, ha="center", va="center_baseline", fontsize=style.font_size, color="white", zorder=4)


def with_ports(points: list[Point], style: CellStyle) -> list[Point]:
    """Return a route from the lower side of its source to the upper side of its target, shifted towards its course."""

    def shift(port: Point, next_point: Point) -> float:
        reach = 0.36 * style.box_width
        return max(-reach, min(reach, 0.28 * (next_point[0] - port[0])))

    half = style.box_height / 2
    start = points[0][0] + shift(points[0], points[1]), points[0][1] - half
    end = points[-1][0] + shift(points[-1], points[-2]), points[-1][1] + half
    return [start, *points[1:-1], end]


def _draw_edge(axes: Axes, points: list[Point], style: CellStyle) -> None:
    """Draw a smooth curve with an arrowhead; the curve is vertical at every point."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path as Curve

    vertices, codes = [points[0]], [Curve.MOVETO]
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        pull = 0.45 * (y - next_y)
        vertices += [(x, y - pull), (next_x, next_y + pull), (next_x, next_y)]
        codes += [Curve.CURVE4] * 3
    axes.add_patch(
        FancyArrowPatch(
            path=Curve(vertices, codes),
            arrowstyle="-|>,head_length=0.55,head_width=0.28",
            mutation_scale=style.arrow_size,
            linewidth=style.line_width,
            color=EDGE_COLOUR,
            capstyle="butt",
            zorder=1,
        )
    )


def _draw_edge_label(axes: Axes, points: list[Point], text: str, style: CellStyle) -> None:
    """Draw a label on the middle bend, or in the middle of an edge without bends."""
    middle = len(points) // 2
    x, y = points[middle]
    if len(points) == 2:
        x, y = (points[0][0] + x) / 2, (points[0][1] + y) / 2 + 0.02
    box = {"boxstyle": "round,pad=0.18", "fc": "white", "ec": "none"}
    size = style.font_size - 2
    axes.text(x, y, text, ha="center", va="center_baseline", fontsize=size, color=INK, bbox=box, zorder=2)


def draw_legend(axes: Axes, colours: Mapping[str, str], middle: Point) -> None:
    """Draw a line of operations with their colours, centred at a point."""
    from matplotlib.patches import FancyBboxPatch

    widths = [0.34 + 0.068 * len(operation_name(operation)) for operation in colours]
    x = middle[0] - sum(widths) / 2
    for (operation, colour), width in zip(colours.items(), widths, strict=True):
        shape = "round,pad=0,rounding_size=0.03"
        axes.add_patch(FancyBboxPatch((x, middle[1] - 0.06), 0.12, 0.12, shape, fc=colour, ec="none"))
        axes.text(x + 0.17, middle[1], operation_name(operation), va="center_baseline", fontsize=7.5, color=INK)
        x += width


def legend_width(operations: Iterable[str]) -> float:
    """Return the width of `draw_legend`."""
    return sum(0.34 + 0.068 * len(operation_name(operation)) for operation in operations)
