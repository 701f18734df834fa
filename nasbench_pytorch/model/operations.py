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

    def conv(self, in_channels: int, out_channels: int, kernel_size: int) -> ConvBnRelu:
        """Build a convolution that keeps the image size, with these batch norm settings."""
        return ConvBnRelu(in_channels, out_channels, kernel_size, 1, kernel_size // 2, 1 - self.decay, self.eps)


class ConvBnRelu(nn.Module):
    """Convolution without bias, batch norm, ReLU: [batch, in, h, w] → [batch, out, h, w].

    Args:
        in_channels: channels of the input.
        out_channels: channels of the result.
        kernel_size: side of the kernel.
        stride: of the convolution.
        padding: zeros on each side of the image.
        momentum: of the batch norm, in torch's sense: the weight of the new batch.
        eps: of the batch norm.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        stride: int = 1,
        padding: int = 0,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False)
        self.norm = nn.BatchNorm2d(out_channels, eps=eps, momentum=momentum)
        self.activation = nn.ReLU()

    @property
    def conv_bn_relu(self) -> nn.Sequential:
        """The three layers in order, under their name in 1.3.1."""
        return nn.Sequential(self.conv, self.norm, self.activation)

    def forward(self, images: Float[Tensor, "batch in h w"]) -> Float[Tensor, "batch out h w"]:
        """Apply the three layers."""
        result: Tensor = self.activation(self.norm(self.conv(images)))
        return result


class Conv3x3BnRelu(ConvBnRelu):
    """3×3 convolution that keeps the image size, batch norm, ReLU."""

    def __init__(self, in_channels: int, out_channels: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        super().__init__(in_channels, out_channels, 3, 1, 1, momentum, eps)

    @property
    def conv3x3(self) -> ConvBnRelu:
        """The layers, which 1.3.1 held one level deeper."""
        return self


class Conv1x1BnRelu(ConvBnRelu):
    """1×1 convolution, batch norm, ReLU."""

    def __init__(self, in_channels: int, out_channels: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        super().__init__(in_channels, out_channels, 1, 1, 0, momentum, eps)

    @property
    def conv1x1(self) -> ConvBnRelu:
        """The layers, which 1.3.1 held one level deeper."""
        return self


class MaxPool3x3(nn.MaxPool2d):
    """3×3 max pool that keeps channels and image size; torch pads with -inf, so padding is never the maximum."""

    def __init__(
        self,
        in_channels: int = 0,  # noqa: ARG002 - signature of 1.3.1
        out_channels: int = 0,  # noqa: ARG002
        kernel_size: int = 3,
        stride: int = 1,
        padding: int = 1,
    ) -> None:
        super().__init__(kernel_size, stride, padding)

    @property
    def maxpool(self) -> nn.MaxPool2d:
        """The layer, which 1.3.1 held one level deeper."""
        return self


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


def _conv(layer: type[Conv3x3BnRelu | Conv1x1BnRelu]) -> Build:
    return lambda channels, batch_norm: layer(channels, channels, 1 - batch_norm.decay, batch_norm.eps)


def _bottleneck(kernel_size: int) -> Build:
    def build(channels: int, batch_norm: BatchNormSettings) -> nn.Module:
        inner = channels // 4
        if inner < 1:
            raise InputError(f"a bottleneck needs at least 4 channels, but the vertex has {channels}; use a wider stem")
        return nn.Sequential(
            batch_norm.conv(channels, inner, 1),
            batch_norm.conv(inner, inner, kernel_size),
            batch_norm.conv(inner, channels, 1),
        )

    return build


OPERATIONS: dict[str, Operation] = {
    CONV3X3: Operation(_conv(Conv3x3BnRelu), "Conv3x3-BN-ReLU"),
    CONV1X1: Operation(_conv(Conv1x1BnRelu), "Conv1x1-BN-ReLU"),
    MAXPOOL3X3: Operation(lambda channels, batch_norm: MaxPool3x3()),
    "identity": Operation(lambda channels, batch_norm: nn.Identity()),
    "bottleneck3x3": Operation(_bottleneck(3), "BottleneckConv3x3"),
    "bottleneck5x5": Operation(_bottleneck(5), "BottleneckConv5x5"),
    "maxpool3x3-conv1x1": Operation(
        lambda channels, batch_norm: nn.Sequential(MaxPool3x3(), batch_norm.conv(channels, channels, 1)),
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
