"""A cell as SVG text, without matplotlib: what a notebook shows for a `ModelSpec`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from nasbench_pytorch.plots.cell_drawing import with_ports
from nasbench_pytorch.plots.cell_style import EDGE_COLOUR, LARGE, SMALL, operation_colours, operation_name

if TYPE_CHECKING:
    from nasbench_pytorch.plots.cell_layout import Matrix, Point

_PIXELS, _SMALL_PIXELS = 60, 100
"""Of an inch, the unit of the layout."""
_MARGIN = 0.1
_ARROW = 5
_TEXT, _SMALL_TEXT = 10, 9


def cell_svg(matrix: Matrix, ops: Sequence[str], *, small: bool = False) -> str:
    """Return a drawing of a pruned cell, from top to bottom, operations coloured.

    Args:
        matrix: V×V, upper triangular, every vertex on a path from the first to the last.
        ops: V operations.
        small: draw small boxes with short names, as on a sheet of many cells.
    """
    style = SMALL if small else LARGE.fitting(ops)
    scale, text_size = (_SMALL_PIXELS, _SMALL_TEXT) if small else (_PIXELS, _TEXT)
    layout = style.lay_out(matrix)
    width = layout.width + style.box_width + 2 * _MARGIN
    height = layout.height + style.box_height + 2 * _MARGIN

    def pixels(point: Point) -> tuple[float, float]:
        x, y = point
        return (x + width / 2) * scale, (_MARGIN + style.box_height / 2 - y) * scale

    colours = operation_colours(ops)
    parts = [_edge([pixels(point) for point in with_ports(route, style)]) for route in layout.routes.values()]
    for place, operation in zip(layout.centres, ops, strict=True):
        box = (style.box_width * scale, style.box_height * scale)
        parts.append(_box(pixels(place), box, style.name(operation), colours[operation]))
    size = f'width="{width * scale:.0f}" height="{height * scale:.0f}"'
    names = ", ".join(operation_name(name) for name in ops[1:-1]) or "no operation"
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width * scale:.0f} {height * scale:.0f}" ',
            f'font-family="sans-serif" font-size="{text_size}" text-anchor="middle" role="img" ',
            f'aria-label="{escape(f"cell of {len(ops)} vertices: {names}")}">',
            *parts,
            "</svg>",
        ]
    )


def _edge(points: list[tuple[float, float]]) -> str:
    """A smooth curve, vertical at every point that it passes, with an arrowhead."""
    (x, y), path = points[0], ""
    path = f"M{x:.1f} {y:.1f}"
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        pull = 0.45 * (next_y - y)
        path += f"C{x:.1f} {y + pull:.1f} {next_x:.1f} {next_y - pull:.1f} {next_x:.1f} {next_y:.1f}"
    x, y = points[-1]
    head = f"M{x - _ARROW / 2:.1f} {y - _ARROW:.1f}L{x:.1f} {y:.1f}L{x + _ARROW / 2:.1f} {y - _ARROW:.1f}"
    return f'<path d="{path}{head}" fill="none" stroke="{EDGE_COLOUR}" stroke-width="1.3"/>'


def _box(centre: tuple[float, float], size: tuple[float, float], text: str, colour: str) -> str:
    (x, y), (width, height) = centre, size
    corner = f'x="{x - width / 2:.1f}" y="{y - height / 2:.1f}"'
    return (
        f'<rect {corner} width="{width:.1f}" height="{height:.1f}" rx="{height * 0.3:.1f}" fill="{colour}"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" fill="white">{escape(text)}</text>'
    )
