"""The parts of a drawn cell: boxes, edges, channel numbers, legend. Sizes are in inches, those of text in points."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.plots.cell_layout import CellLayout, Matrix, Point, lay_out_cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#22303c"
_EDGE, _END = "#7b8896", "#4a5864"
_KNOWN_COLOURS = {
    "conv3x3-bn-relu": "#3b6fb6",
    "conv1x1-bn-relu": "#2a9d8f",
    "maxpool3x3": "#e08e2b",
    "input": _END,
    "output": _END,
}
_OTHER_COLOURS = ("#8e6bb0", "#c8553d", "#7a8b3c", "#b0578d", "#5b7c99")
_NAMES = {"conv3x3-bn-relu": "conv 3×3", "conv1x1-bn-relu": "conv 1×1", "maxpool3x3": "max pool 3×3"}
_SHORT_NAMES = {
    "conv3x3-bn-relu": "3×3",
    "conv1x1-bn-relu": "1×1",
    "maxpool3x3": "pool",
    "input": "in",
    "output": "out",
}


@dataclass(frozen=True)
class CellStyle:
    """How large a cell's parts are; boxes of longer names grow to fit."""

    box_width: float
    box_height: float
    vertex_gap: float
    bend_gap: float
    layer_gap: float
    font_size: float
    line_width: float
    arrow_size: float
    short_names: bool

    def name(self, operation: str) -> str:
        """What stands in the box."""
        if self.short_names:
            return _SHORT_NAMES.get(operation, operation[:4])
        return _NAMES.get(operation, operation)

    def fitting(self, ops: Iterable[str]) -> CellStyle:
        """This style, with boxes as wide as the longest name needs."""
        longest = max(len(self.name(operation)) for operation in ops)
        extra = max(0.0, longest * self.font_size * 0.6 / 72 + 0.25 - self.box_width)
        if self.short_names or not extra:
            return self
        return CellStyle(**{**vars(self), "box_width": self.box_width + extra, "vertex_gap": self.vertex_gap + extra})

    def lay_out(self, matrix: Matrix) -> CellLayout:
        """The layout of a cell in this style."""
        return lay_out_cell(matrix, self.vertex_gap, self.bend_gap, self.layer_gap)


LARGE = CellStyle(1.2, 0.36, 1.5, 0.95, 0.84, 10.0, 1.3, 9.0, short_names=False)
SMALL = CellStyle(0.38, 0.18, 0.48, 0.33, 0.36, 6.0, 0.75, 4.5, short_names=True)


def operation_name(operation: str) -> str:
    """An operation as people write it."""
    return _NAMES.get(operation, operation)


def operation_colours(operations: Iterable[str]) -> dict[str, str]:
    """A colour for each operation: its own if it is a known one, else the next of a few."""
    others = itertools.cycle(_OTHER_COLOURS)
    unique = dict.fromkeys(operations)
    return {operation: _KNOWN_COLOURS.get(operation) or next(others) for operation in unique}


def bare_axes(figure: Any, width: float, height: float) -> Axes:
    """Axes over the whole figure whose units are inches, without anything drawn."""
    figure.set_layout_engine("none")  # nothing to arrange, and the constrained one would warn of that
    axes: Axes = figure.add_axes((0, 0, 1, 1))
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
    """Draw one cell; `top` is the middle of where its first layer goes."""
    places = [(top[0] + x, top[1] + y) for x, y in layout.places]
    for edge, route in layout.routes.items():
        points = with_ports([(top[0] + x, top[1] + y) for x, y in route], style)
        _draw_edge(axes, points, style)
        if edge_labels is not None:
            _draw_edge_label(axes, points, edge_labels[edge], style)
    for place, operation in zip(places, ops, strict=True):
        draw_box(axes, place, style.name(operation), colours[operation], style)


def draw_box(axes: Axes, centre: Point, text: str, colour: str, style: CellStyle) -> None:
    """A rounded box with white text."""
    from matplotlib.patches import FancyBboxPatch

    rounding = style.box_height * 0.3
    corner = centre[0] - style.box_width / 2, centre[1] - style.box_height / 2
    shape = f"round,pad=0,rounding_size={rounding}"
    axes.add_patch(FancyBboxPatch(corner, style.box_width, style.box_height, shape, fc=colour, ec="none", zorder=3))
    axes.text(*centre, text, ha="center", va="center_baseline", fontsize=style.font_size, color="white", zorder=4)


def with_ports(points: list[Point], style: CellStyle) -> list[Point]:
    """A route that leaves below its source and arrives above its target, a little towards where it goes."""

    def towards(here: Point, there: Point) -> float:
        reach = 0.36 * style.box_width
        return max(-reach, min(reach, 0.28 * (there[0] - here[0])))

    half = style.box_height / 2
    start = points[0][0] + towards(points[0], points[1]), points[0][1] - half
    end = points[-1][0] + towards(points[-1], points[-2]), points[-1][1] + half
    return [start, *points[1:-1], end]


def _draw_edge(axes: Axes, points: list[Point], style: CellStyle) -> None:
    """A smooth curve, vertical at every point that it passes, with an arrowhead."""
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
            color=_EDGE,
            capstyle="butt",
            zorder=1,
        )
    )


def _draw_edge_label(axes: Axes, points: list[Point], text: str, style: CellStyle) -> None:
    """The label on the middle bend, or in the middle of an edge without bends."""
    middle = len(points) // 2
    x, y = points[middle]
    if len(points) == 2:
        x, y = (points[0][0] + x) / 2, (points[0][1] + y) / 2 + 0.02
    box = {"boxstyle": "round,pad=0.18", "fc": "white", "ec": "none"}
    size = style.font_size - 2
    axes.text(x, y, text, ha="center", va="center_baseline", fontsize=size, color=INK, bbox=box, zorder=2)


def draw_legend(axes: Axes, colours: Mapping[str, str], middle: Point) -> None:
    """A line of operations with their colours, centred at a point."""
    from matplotlib.patches import FancyBboxPatch

    widths = [0.34 + 0.068 * len(operation_name(operation)) for operation in colours]
    x = middle[0] - sum(widths) / 2
    for (operation, colour), width in zip(colours.items(), widths, strict=True):
        shape = "round,pad=0,rounding_size=0.03"
        axes.add_patch(FancyBboxPatch((x, middle[1] - 0.06), 0.12, 0.12, shape, fc=colour, ec="none"))
        axes.text(x + 0.17, middle[1], operation_name(operation), va="center_baseline", fontsize=7.5, color=INK)
        x += width


def legend_width(operations: Iterable[str]) -> float:
    """How wide `draw_legend` gets."""
    return sum(0.34 + 0.068 * len(operation_name(operation)) for operation in operations)
