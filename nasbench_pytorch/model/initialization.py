"""Starting values of the weights."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import nn

Initialization = Literal["tensorflow", "nasbench-pytorch-1.3"]
"""`tensorflow` is the original's; `nasbench-pytorch-1.3` that of this package's predecessor."""

# A normal cut at two standard deviations has this standard deviation; dividing by it restores the wanted one.
_STD_OF_TRUNCATED_NORMAL = 0.87962566103423978


@torch.no_grad()
def initialize(
    network: nn.Module, method: Initialization = "tensorflow", generator: torch.Generator | None = None
) -> None:
    """Give every weight of `network` a fresh starting value, in place.

    tensorflow: convolutions from a normal cut at two σ whose standard deviation after the cut is sqrt(1/fan_in)
    (variance scaling, scale 1); the dense kernel uniform within ±sqrt(6/(in+out)) (Glorot), its bias 0.
    nasbench-pytorch-1.3: convolutions normal with std sqrt(2/fan_out), the dense kernel normal with std 0.01.
    In both, batch norms start at scale 1, offset 0, running mean 0 and running variance 1.

    Args:
        network: any module; its convolutions, batch norms and linear layers are set.
        method: see above.
        generator: source of the random numbers, on the weights' device; torch's global one if None.
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
