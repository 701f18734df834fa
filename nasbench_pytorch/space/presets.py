"""Named cells, each with its skeleton."""

from __future__ import annotations

from dataclasses import dataclass

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import CONV1X1, CONV3X3, INPUT, MAXPOOL3X3, OUTPUT
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.suggestions import did_you_mean


@dataclass(frozen=True)
class NamedCell:
    """A cell with a name.

    Attributes:
        name: value of `--cell`.
        spec: the cell.
        skeleton: the network around the cell.
        about: description in one line.
    """

    name: str
    spec: ModelSpec
    skeleton: Skeleton
    about: str


def _cell(name: str, rows: str, operations: list[str], about: str, skeleton: Skeleton | None = None) -> NamedCell:
    matrix = [[int(digit) for digit in row] for row in rows.split()]
    spec = ModelSpec(matrix, [INPUT, *operations, OUTPUT])
    return NamedCell(name, spec, skeleton or NASBENCH101_SKELETON, about)


_INCEPTION_OPERATIONS = [CONV1X1, CONV3X3, CONV3X3, CONV3X3, MAXPOOL3X3]

NAMED_CELLS: dict[str, NamedCell] = {
    cell.name: cell
    for cell in (
        _cell(
            "inception",
            "0111010 0000001 0000001 0000100 0000001 0000001 0000000",
            _INCEPTION_OPERATIONS,
            "Inception-like, the example of the original's README",
        ),
        _cell(
            "inception-resnet",
            "0111011 0000001 0000001 0000100 0000001 0000001 0000000",
            _INCEPTION_OPERATIONS,
            "inception with a residual edge; 10 edges, so outside the table",
        ),
        _cell(
            "resnet20",
            "0101 0010 0001 0000",
            [CONV3X3, CONV3X3],
            "two 3×3 convolutions and a residual edge, on a narrow stem",
            Skeleton(stem_out_channels=16),
        ),
        _cell(
            "resnet50",
            "011 001 000",
            ["bottleneck3x3"],
            "a bottleneck with a residual edge, six modules a stack",
            Skeleton(num_modules_per_stack=6),
        ),
        _cell(
            "best",
            "0110011 0000010 0001000 0000100 0000010 0000001 0000000",
            [CONV1X1, CONV3X3, MAXPOOL3X3, CONV3X3, CONV3X3],
            "best mean test accuracy of the table at 108 epochs",
        ),
        _cell(
            "smallest",
            "0100000 0010101 0001001 0000001 0000010 0000001 0000000",
            [MAXPOOL3X3] * 5,
            "fewest trainable parameters of the table",
        ),
        _cell(
            "largest",
            "0110101 0000100 0001000 0000100 0000010 0000001 0000000",
            [CONV3X3] * 5,
            "most trainable parameters of the table",
        ),
    )
}
"""The named cells by name, with their skeletons."""


def named_cell(name: str) -> NamedCell:
    """Return the cell of this name.

    Raises:
        InputError: the name is unknown; the message lists the known ones.
    """
    if name not in NAMED_CELLS:
        hint = did_you_mean(name, NAMED_CELLS)
        raise InputError(f"unknown cell '{name}'; named cells: {', '.join(NAMED_CELLS)}{hint}")
    return NAMED_CELLS[name]
