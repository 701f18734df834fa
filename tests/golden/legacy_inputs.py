"""Cells, weights and images of `legacy.npz`, by formulas with the same result in every version of torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import torch
from torch import Tensor


class SkeletonArguments(TypedDict):
    """Arguments of `Network` for the network around a cell."""

    num_labels: int
    stem_out_channels: int
    num_stacks: int
    num_modules_per_stack: int


SKELETON: SkeletonArguments = {"num_labels": 10, "stem_out_channels": 8, "num_stacks": 2, "num_modules_per_stack": 2}
EPOCHS = 2

CONV3X3, CONV1X1, MAXPOOL = "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"


def _matrix(rows: str) -> list[list[int]]:
    return [[int(digit) for digit in row] for row in rows.split()]


CELLS: dict[str, tuple[list[list[int]], list[str]]] = {
    "inception": (
        _matrix("0111010 0000001 0000001 0000100 0000001 0000001 0000000"),
        ["input", CONV1X1, CONV3X3, CONV3X3, CONV3X3, MAXPOOL, "output"],
    ),
    # A residual edge, uneven channels (8 over 3 vertices) that are truncated, and a vertex that pruning removes.
    "residual": (
        _matrix("0111101 0000011 0000001 0000000 0000010 0000001 0000000"),
        ["input", CONV3X3, MAXPOOL, CONV1X1, CONV1X1, CONV3X3, "output"],
    ),
    "projection_only": (_matrix("01 00"), ["input", "output"]),
}


def fill(state: Mapping[str, Tensor]) -> None:
    """Fill the tensors of a `state_dict` of 1.3.1, in its order; kernels have the scale of He initialisation."""
    with torch.no_grad():
        for position, (key, tensor) in enumerate(state.items()):
            if key.endswith("num_batches_tracked") or ".last_inop." in key:
                continue
            wave = torch.sin(torch.arange(tensor.numel(), dtype=torch.float64) * 1.7 + position).reshape(tensor.shape)
            if key.endswith("running_var") or (key.endswith(".1.weight")):
                tensor.copy_(1 + 0.3 * wave)
            elif tensor.ndim > 1:
                tensor.copy_(wave * (2.0 / tensor[0].numel()) ** 0.5)
            else:
                tensor.copy_(0.2 * wave)


def batches() -> list[tuple[Tensor, Tensor]]:
    """Return an epoch of 14 images in batches of 6, the last of them partial."""
    count = 14
    grid = torch.arange(count * 3 * 8 * 8, dtype=torch.float64)
    images = (torch.sin(grid * 0.37) + torch.cos(grid * grid * 1e-4)).reshape(count, 3, 8, 8)
    labels = torch.arange(count) * 7 % 10
    return [(images[start : start + 6], labels[start : start + 6]) for start in range(0, count, 6)]
