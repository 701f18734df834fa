"""Operations of a vertex as torch modules, and the registry that users can extend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import (
    CONV1X1,
    CONV3X3,
    MAXPOOL3X3,
    OperationCost,
    register_operation_cost,
)


@dataclass(frozen=True)
class BatchNormSettings:
    """Settings that all batch norms of a network share.

    Attributes:
        decay: fraction of their old value that running statistics keep at each step; torch's `momentum` is 1 - decay.
        eps: added to the variance before the square root.
    """

    decay: float = 0.997
    eps: float = 1e-5

    def build(self, channels: int) -> nn.BatchNorm2d:
        """Build a batch norm with scale 1, offset 0, running mean 0 and running variance 1 (unbiased updates)."""
        return nn.BatchNorm2d(channels, eps=self.eps, momentum=1 - self.decay)


class ConvBNReLU(nn.Module):
    """Same-padded convolution without bias, batch norm, ReLU: [batch, in, h, w] → [batch, out, h, w]."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, batch_norm: BatchNormSettings) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=False)
        self.norm = batch_norm.build(out_channels)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, images: Float[Tensor, "batch in h w"]) -> Float[Tensor, "batch out h w"]:
        """Apply the three layers."""
        result: Tensor = self.activation(self.norm(self.conv(images)))
        return result


Build = Callable[[int, BatchNormSettings], nn.Module]
"""Function from (channels of the vertex, batch norm settings) to a module that keeps channels and image size."""


@dataclass(frozen=True)
class Operation:
    """How an operation is built, and its scope among the original's TensorFlow variables.

    Attributes:
        build: function that builds the module.
        tf_scope: scope of its variables inside `stackS/moduleM/vertex_T/`; None if the original has no such variables.
    """

    build: Build
    tf_scope: str | None = None


def _conv(kernel_size: int) -> Build:
    return lambda channels, batch_norm: ConvBNReLU(channels, channels, kernel_size, batch_norm)


def _max_pool() -> nn.Module:
    # torch pads a max pool with -inf, so padding is never the maximum, as in TensorFlow.
    return nn.MaxPool2d(3, stride=1, padding=1)


def _bottleneck(kernel_size: int) -> Build:
    def build(channels: int, batch_norm: BatchNormSettings) -> nn.Module:
        inner = channels // 4
        if inner < 1:
            raise InputError(f"a bottleneck needs at least 4 channels, but the vertex has {channels}; use a wider stem")
        return nn.Sequential(
            ConvBNReLU(channels, inner, 1, batch_norm),
            ConvBNReLU(inner, inner, kernel_size, batch_norm),
            ConvBNReLU(inner, channels, 1, batch_norm),
        )

    return build


OPERATIONS: dict[str, Operation] = {
    CONV3X3: Operation(_conv(3), "Conv3x3-BN-ReLU"),
    CONV1X1: Operation(_conv(1), "Conv1x1-BN-ReLU"),
    MAXPOOL3X3: Operation(lambda channels, batch_norm: _max_pool()),
    "identity": Operation(lambda channels, batch_norm: nn.Identity()),
    "bottleneck3x3": Operation(_bottleneck(3), "BottleneckConv3x3"),
    "bottleneck5x5": Operation(_bottleneck(5), "BottleneckConv5x5"),
    "maxpool3x3-conv1x1": Operation(
        lambda channels, batch_norm: nn.Sequential(_max_pool(), ConvBNReLU(channels, channels, 1, batch_norm)),
        "MaxPool3x3-Conv1x1",
    ),
}
"""All operations that networks can use: the original's seven and the registered ones."""


def register_operation(
    name: str,
    build: Build,
    parameters: Callable[[int], int],
    flops: Callable[[int, int], int],
) -> None:
    """Register an operation for networks and for parameter and FLOP counts.

    Args:
        name: name of the operation in cells.
        build: function from (channels, batch norm settings) to a module that keeps the channels and the image size.
        parameters: function from the channels to the number of trainable parameters.
        flops: function from (channels, pixels) to the FLOPs for one image (multiply-adds × 2).

    Raises:
        InputError: an operation of this name exists.
    """
    register_operation_cost(name, OperationCost(parameters=parameters, flops=flops))
    OPERATIONS[name] = Operation(build)
