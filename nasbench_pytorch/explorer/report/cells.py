"""Drawn cells in a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nasbench_pytorch.markup import Markup, element
from nasbench_pytorch.plots.cell_svg import cell_svg
from nasbench_pytorch.printable import escape_controls

if TYPE_CHECKING:
    from nasbench_pytorch.space.spec import ModelSpec

_LARGEST_DRAWN = 12
"""Vertices up to which a cell is drawn; laying out a larger one takes long, and nothing can be seen in it."""


def drawn_cell(spec: ModelSpec, *, small: bool = False) -> Markup:
    """Return a drawing of a cell, or a sentence where it has too many vertices for one."""
    matrix, ops, _ = spec.pruned()
    if len(ops) > _LARGEST_DRAWN:
        return element("p", f"{len(ops)} vertices, too many to draw")
    return Markup(cell_svg(matrix, [escape_controls(name) for name in ops], small=small))


def cell_cards(cells: Sequence[tuple[ModelSpec, Sequence[object]]]) -> Markup:
    """Return a grid of drawn cells, each with lines below it."""
    cards = [
        element("div", drawn_cell(spec, small=True), [element("p", line) for line in lines], class_="cell")
        for spec, lines in cells
    ]
    return element("div", cards, class_="cells")
