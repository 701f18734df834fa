"""Operations of a vertex: names, parameter counts and FLOPs, without a network.

All operations keep the vertex's number of channels and the image's size, so a count needs only these two numbers.
The PyTorch modules are in `nasbench_pytorch.model.operations`; `nasbench_pytorch.model.register_operation` adds an
operation to both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Channels = TypeVar("Channels", int, "npt.NDArray[np.int64]")

INPUT = "input"
OUTPUT = "output"
CONV3X3 = "conv3x3-bn-relu"
CONV1X1 = "conv1x1-bn-relu"
MAXPOOL3X3 = "maxpool3x3"

CANONICAL_OPERATIONS: tuple[str, ...] = (CONV3X3, CONV1X1, MAXPOOL3X3)
"""Operations of NAS-Bench-101, in the order that gives the labels of its hash."""


@dataclass(frozen=True)
class OperationCost:
    """Cost of an operation at a vertex.

    Attributes:
        parameters: trainable parameters, as a function of the vertex's channels.
        flops: floating-point operations for one image (multiply-adds × 2), as a function of channels and pixels.
    """

    parameters: Callable[[int], int]
    flops: Callable[[int, int], int]


def conv_bn_parameters(in_channels: int, out_channels: Channels, kernel_size: int) -> Channels:
    """Count the trainable parameters of conv → BN → ReLU: a kernel without bias, a scale and an offset."""
    return kernel_size * kernel_size * in_channels * out_channels + 2 * out_channels


def conv_flops(in_channels: int, out_channels: Channels, kernel_size: int, pixels: int) -> Channels:
    """Count the FLOPs of a convolution of stride 1 and padding "same" for one image; a multiply-add counts as two."""
    return 2 * kernel_size * kernel_size * in_channels * out_channels * pixels


def _conv(kernel_size: int) -> OperationCost:
    return OperationCost(
        parameters=lambda channels: conv_bn_parameters(channels, channels, kernel_size),
        flops=lambda channels, pixels: conv_flops(channels, channels, kernel_size, pixels),
    )


def _bottleneck(kernel_size: int) -> OperationCost:
    def layers(channels: int) -> tuple[tuple[int, int, int], ...]:
        inner = channels // 4
        return (channels, inner, 1), (inner, inner, kernel_size), (inner, channels, 1)

    return OperationCost(
        parameters=lambda channels: sum(conv_bn_parameters(*layer) for layer in layers(channels)),
        flops=lambda channels, pixels: sum(conv_flops(*layer, pixels) for layer in layers(channels)),
    )


_FREE = OperationCost(parameters=lambda _channels: 0, flops=lambda _channels, _pixels: 0)

OPERATION_COSTS: dict[str, OperationCost] = {
    CONV3X3: _conv(3),
    CONV1X1: _conv(1),
    MAXPOOL3X3: _FREE,
    "identity": _FREE,
    "bottleneck3x3": _bottleneck(3),
    "bottleneck5x5": _bottleneck(5),
    "maxpool3x3-conv1x1": _conv(1),
}
"""Costs of all known operations. Pooling has no FLOPs: only convolutions and the dense layer are counted."""


def register_operation_cost(name: str, cost: OperationCost) -> None:
    """Add an operation to `OPERATION_COSTS`.

    Raises:
        InputError: the name is taken, or is that of the input or the output.
    """
    if name in OPERATION_COSTS or name in (INPUT, OUTPUT):
        raise InputError(f"operation '{name}' exists already; choose another name")
    OPERATION_COSTS[name] = cost
