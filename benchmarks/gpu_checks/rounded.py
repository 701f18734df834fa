"""Convolutions whose factors are rounded as a card's tf32 rounds them, computed on a CPU."""

from __future__ import annotations

import copy
import functools
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own custom

if TYPE_CHECKING:
    from nasbench_pytorch.model import Network

# Bits of a float32's fraction that tf32 drops: 23 - 10.
_DROPPED_BITS = 13


def round_to_tf32(values: Tensor) -> Tensor:
    """Round float32 values to the ten bits of fraction that tf32 has, halves away from zero."""
    bits = values.contiguous().view(torch.int32)
    rounded = (bits + (1 << (_DROPPED_BITS - 1))) & -(1 << _DROPPED_BITS)
    return rounded.view(torch.float32)


def with_tf32_convolutions(network: Network) -> Network:
    """Return a copy whose convolutions round weights and inputs to tf32 and sum in float32; it can only go forward.

    The copy is plain, since fused projections do not call their convolutions.
    """
    twin = copy.deepcopy(network).plain_()
    for module in twin.modules():
        if isinstance(module, nn.Conv2d):
            module.forward = functools.partial(_rounded_convolution, module)  # type: ignore[method-assign]
    return twin


def _rounded_convolution(conv: nn.Conv2d, images: Tensor) -> Tensor:
    assert not isinstance(conv.padding, str)
    return F.conv2d(round_to_tf32(images), round_to_tf32(conv.weight), conv.bias, conv.stride, conv.padding)
