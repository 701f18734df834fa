"""The operations of a vertex as modules, and the registry to which users add their own."""

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
    """How every batch norm of a network behaves.

    Attributes:
        decay: what the running statistics keep of their old value each step. torch's `momentum` is 1 - decay.
        eps: added to the variance before the root.
    """

    decay: float = 0.997
    eps: float = 1e-5

    def build(self, channels: int) -> nn.BatchNorm2d:
        """A batch norm over `channels`: scale 1, offset 0, running mean 0, running variance 1 (unbiased updates)."""
        return nn.BatchNorm2d(channels, eps=self.eps, momentum=1 - self.decay)


class ConvBNReLU(nn.Module):
    """Same convolution without bias, batch norm, ReLU: [batch, in, h, w] → [batch, out, h, w]."""

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
"""Makes an operation's module from the vertex's channels; it must keep channels and image size."""


@dataclass(frozen=True)
class Operation:
    """An operation's module and its name among the original's TensorFlow variables.

    Attributes:
        build: see `Build`.
        tf_scope: the scope of its variables inside `stackS/moduleM/vertex_T/`; None where there are none.
    """

    build: Build
    tf_scope: str | None = None


def _conv(kernel_size: int) -> Build:
    return lambda channels, batch_norm: ConvBNReLU(channels, channels, kernel_size, batch_norm)


def _max_pool() -> nn.Module:
    # torch pads a max pool with -inf, so that padding never wins, as in TensorFlow.
    return nn.MaxPool2d(3, stride=1, padding=1)


def _bottleneck(kernel_size: int) -> Build:
    def build(channels: int, batch_norm: BatchNormSettings) -> nn.Module:
        inner = channels // 4
        if inner < 1:
            raise InputError(f"a bottleneck needs at least 4 channels, its vertex has {channels}; use a wider stem")
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
"""Every operation that a network can be built with: the seven of the original, and those registered since."""


def register_operation(
    name: str,
    build: Build,
    parameters: Callable[[int], int],
    flops: Callable[[int, int], int],
) -> None:
    """Add an operation, to networks and to the counts.

    Args:
        name: how cells name it.
        build: its module from (channels, batch norm settings); must keep the channels and the image size.
        parameters: its trainable parameters from the channels.
        flops: its FLOPs for one image (multiply-adds × 2) from the channels and the pixels.

    Raises:
        InputError: the name is taken.
    """
    register_operation_cost(name, OperationCost(parameters=parameters, flops=flops))
    OPERATIONS[name] = Operation(build)
