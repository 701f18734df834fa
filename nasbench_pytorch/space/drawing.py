"""Drawings of cells as markup: what notebooks and reports show of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nasbench_pytorch.markup import Markup, element
from nasbench_pytorch.printable import escape_controls

if TYPE_CHECKING:
    from nasbench_pytorch.space.spec import ModelSpec

LARGEST_DRAWN = 12
"""Vertices up to which a cell is drawn: the drawing is made in a fraction of a second, and can be read."""


def drawn_cell(spec: ModelSpec, *, small: bool = False) -> Markup | None:
    """Return a drawing of a pruned cell as SVG; None where it is invalid, or has too many vertices.

    Args:
        spec: the cell.
        small: draw small boxes with short names.
    """
    if not spec.valid_spec:
        return None
    matrix, ops, _ = spec.pruned()
    if len(ops) > LARGEST_DRAWN:
        return None
    from nasbench_pytorch.plots.cell_svg import cell_svg

    return Markup(cell_svg(matrix, [escape_controls(name) for name in ops], small=small))


def cell_cards(cells: Sequence[tuple[ModelSpec, Sequence[object]]]) -> Markup:
    """Return drawn cells beside each other, each with lines below it."""
    cards = [
        element(
            "div",
            drawn_cell(spec, small=True) or element("p", f"{len(spec.original_ops)} vertices, not drawn"),
            [element("p", line, style="margin:0.1em 0") for line in lines],
            class_="cell",
            style="text-align:center",
        )
        for spec, lines in cells
    ]
    style = "display:flex;flex-wrap:wrap;gap:1em;align-items:flex-start"
    return element("div", cards, class_="cells", style=style)
