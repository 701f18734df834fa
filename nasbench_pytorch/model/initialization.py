"""Initial weights of a network."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import nn

Initialization = Literal["tensorflow", "nasbench-pytorch-1.3"]
"""`tensorflow`: as the original TensorFlow code. `nasbench-pytorch-1.3`: as nasbench-pytorch 1.3.1."""

# Standard deviation of a unit normal truncated at ±2; dividing by it gives the truncated weights the wanted deviation.
_STD_OF_TRUNCATED_NORMAL = 0.87962566103423978


@torch.no_grad()
def initialize(
    network: nn.Module, method: Initialization = "tensorflow", generator: torch.Generator | None = None
) -> None:
    """Draw new initial weights for `network`, in place.

    tensorflow: convolutions from a normal distribution truncated at two σ, with standard deviation sqrt(1/fan_in)
    after truncation (variance scaling, scale 1); the dense kernel uniform within ±sqrt(6/(in+out)) (Glorot), its bias
    0. nasbench-pytorch-1.3: convolutions normal with std sqrt(2/fan_out), the dense kernel normal with std 0.01.
    In both, batch norms start at scale 1, offset 0, running mean 0 and running variance 1.

    Args:
        network: any module; its convolutions, batch norms and linear layers are initialised.
        method: one of the two above.
        generator: random generator on the weights' device; torch's global one if None.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            _initialize_convolution(module, method, generator)
        elif isinstance(module, nn.Linear):
            if method == "tensorflow":
                nn.init.xavier_uniform_(module.weight, generator=generator)
            else:
                nn.init.normal_(module.weight, std=0.01, generator=generator)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()


def _initialize_convolution(module: nn.Conv2d, method: Initialization, generator: torch.Generator | None) -> None:
    if method == "tensorflow":
        fan_in = module.weight[0].numel()
        sigma = math.sqrt(1 / fan_in) / _STD_OF_TRUNCATED_NORMAL
        nn.init.trunc_normal_(module.weight, std=sigma, a=-2 * sigma, b=2 * sigma, generator=generator)
    else:
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)
