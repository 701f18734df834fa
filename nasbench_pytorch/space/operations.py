"""What a vertex may do: names, parameter counts and FLOPs of the operations, without a network.

All operations keep the vertex's number of channels and the image's size, so a count needs just these two numbers.
Their modules are in `nasbench_pytorch.model.operations`; `nasbench_pytorch.model.register_operation` adds to both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nasbench_pytorch.errors import InputError

INPUT = "input"
OUTPUT = "output"
CONV3X3 = "conv3x3-bn-relu"
CONV1X1 = "conv1x1-bn-relu"
MAXPOOL3X3 = "maxpool3x3"

CANONICAL_OPERATIONS: tuple[str, ...] = (CONV3X3, CONV1X1, MAXPOOL3X3)
"""The three operations of NAS-Bench-101, in the order that gives the labels of its hash."""


@dataclass(frozen=True)
class OperationCost:
    """Cost of an operation at a vertex.

    Attributes:
        parameters: trainable parameters, from the vertex's channels.
        flops: floating-point operations for one image (multiply-adds × 2), from the channels and the pixels.
    """

    parameters: Callable[[int], int]
    flops: Callable[[int, int], int]


def conv_bn_parameters(in_channels: int, out_channels: int, kernel_size: int) -> int:
    """Trainable parameters of conv → BN → ReLU: a kernel without bias, scale and offset."""
    return kernel_size * kernel_size * in_channels * out_channels + 2 * out_channels


def conv_flops(in_channels: int, out_channels: int, kernel_size: int, pixels: int) -> int:
    """FLOPs of a stride-1 same convolution for one image; a multiply-add is two."""
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
"""Every known operation. Pooling counts no FLOPs: only convolutions and the dense layer do."""


def register_operation_cost(name: str, cost: OperationCost) -> None:
    """Make `name` known to the counts.

    Raises:
        InputError: the name is taken, or is one of the ends'.
    """
    if name in OPERATION_COSTS or name in (INPUT, OUTPUT):
        raise InputError(f"operation '{name}' exists already; choose another name")
    OPERATION_COSTS[name] = cost
