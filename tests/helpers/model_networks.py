"""A small network with every kind of edge, its inputs and its gradients."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nasbench_pytorch.model import Network

# Every kind of edge: an unevenly split output, truncated sums, pooling and a projection to the output.
CELL = (
    [[0, 1, 1, 0, 1], [0, 0, 1, 0, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]],
    ["input", "conv3x3-bn-relu", "maxpool3x3", "conv1x1-bn-relu", "output"],
)


def build(dtype: torch.dtype = torch.float32) -> Network:
    """Build the network in evaluation mode, with running statistics of one batch."""
    torch.manual_seed(0)
    network = Network(CELL, stem_out_channels=10, num_stacks=2, num_modules_per_stack=1)
    with torch.no_grad():
        network.train()(torch.randn(16, 3, 16, 16))
    return network.to(dtype).eval()


def images(dtype: torch.dtype = torch.float32, batch: int = 4) -> Tensor:
    """Return the same random images at every call."""
    return torch.randn(batch, 3, 16, 16, generator=torch.Generator().manual_seed(1)).to(dtype)


def gradients(network: nn.Module, pictures: Tensor) -> list[Tensor]:
    """Return the gradients of the sum of squared logits in training mode."""
    network.train().zero_grad()
    network(pictures).square().sum().backward()
    result = []
    for parameter in network.parameters():
        assert parameter.grad is not None
        result.append(parameter.grad.clone())
    return result
