"""The module `nasbench_pytorch.model.base_ops` of nasbench-pytorch 1.3.1."""

from __future__ import annotations

from nasbench_pytorch.model.operations import Conv1x1BnRelu, Conv3x3BnRelu, ConvBnRelu, MaxPool3x3
from nasbench_pytorch.space.operations import CONV1X1, CONV3X3, MAXPOOL3X3

OP_MAP = {CONV3X3: Conv3x3BnRelu, CONV1X1: Conv1x1BnRelu, MAXPOOL3X3: MaxPool3x3}
"""Operation → its layer, a function of (channels in, channels out)."""

__all__ = ["OP_MAP", "Conv1x1BnRelu", "Conv3x3BnRelu", "ConvBnRelu", "MaxPool3x3"]
