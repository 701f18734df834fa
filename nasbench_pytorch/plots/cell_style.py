"""Sizes, colours and names of the parts of a drawn cell. Sizes are in inches, text sizes in points."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nasbench_pytorch.plots.cell_layout import CellLayout, lay_out_cell
from nasbench_pytorch.plots.figures import PALETTE, QUIET

if TYPE_CHECKING:
    from nasbench_pytorch.plots.cell_layout import Matrix

EDGE_COLOUR = QUIET
_END_COLOUR = "#4a5864"
_KNOWN_COLOURS = {
    "conv3x3-bn-relu": PALETTE[0],
    "conv1x1-bn-relu": PALETTE[2],
    "maxpool3x3": PALETTE[1],
    "input": _END_COLOUR,
    "output": _END_COLOUR,
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
    """Sizes of a cell's parts; boxes of longer names grow to fit."""

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
        """Return the text of an operation's box."""
        if self.short_names:
            return _SHORT_NAMES.get(operation, operation[:4])
        return _NAMES.get(operation, operation)

    def fitting(self, ops: Iterable[str]) -> CellStyle:
        """Return this style with boxes wide enough for the longest name."""
        longest = max(len(self.name(operation)) for operation in ops)
        extra = max(0.0, longest * self.font_size * 0.6 / 72 + 0.25 - self.box_width)
        if self.short_names or not extra:
            return self
        return CellStyle(**{**vars(self), "box_width": self.box_width + extra, "vertex_gap": self.vertex_gap + extra})

    def lay_out(self, matrix: Matrix) -> CellLayout:
        """Lay out a cell in this style."""
        return lay_out_cell(matrix, self.vertex_gap, self.bend_gap, self.layer_gap)


LARGE = CellStyle(1.2, 0.36, 1.5, 0.95, 0.84, 10.0, 1.3, 9.0, short_names=False)
SMALL = CellStyle(0.38, 0.18, 0.48, 0.33, 0.36, 6.0, 0.75, 4.5, short_names=True)


def operation_name(operation: str) -> str:
    """Return the readable name of an operation."""
    return _NAMES.get(operation, operation)


def operation_colours(operations: Iterable[str]) -> dict[str, str]:
    """Return a colour for each operation: a fixed one for a known operation, else the next of a few."""
    others = itertools.cycle(_OTHER_COLOURS)
    unique = dict.fromkeys(operations)
    return {operation: _KNOWN_COLOURS.get(operation) or next(others) for operation in unique}
