"""The module `nasbench_pytorch.model.model` of nasbench-pytorch 1.3.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model.base_ops import OP_MAP, Conv1x1BnRelu, Conv3x3BnRelu, ConvBnRelu, MaxPool3x3
from nasbench_pytorch.model.module import Cell
from nasbench_pytorch.model.network import Network
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "OP_MAP",
    "Cell",
    "Conv1x1BnRelu",
    "Conv3x3BnRelu",
    "ConvBnRelu",
    "MaxPool3x3",
    "ModelSpec",
    "Network",
    "compute_vertex_channels",
    "projection",
    "truncate",
]


def projection(in_channels: int, out_channels: int, momentum: float = 0.1, eps: float = 1e-5) -> ConvBnRelu:
    """Build a 1×1 convolution, batch norm and ReLU; `momentum` is torch's."""
    return ConvBnRelu(in_channels, out_channels, 1, momentum=momentum, eps=eps)


def truncate(inputs: Tensor, channels: int) -> Tensor:
    """Keep the first `channels` channels of [batch, channels, height, width].

    Raises:
        InputError: there are fewer channels than that.
    """
    if inputs.shape[1] < channels:
        raise InputError(f"cannot keep {channels} channels of {inputs.shape[1]}")
    return inputs[:, : int(channels)]
