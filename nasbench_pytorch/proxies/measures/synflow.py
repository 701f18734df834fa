"""Synaptic flow."""

from __future__ import annotations

import math
import types
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from nasbench_pytorch.proxies.layers import weighted_layers

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def synflow(passes: Passes) -> float:
    """Compute the logarithm of the synaptic flow.

    Formula: ln Σ |w · ∂R/∂w| over the weights of convolutions and linear layers, R the sum of the logits of one
        image of ones in a network with absolute parameters and without batch norms.
    Source: Tanaka et al. 2020 (arXiv 2006.05467), as a proxy Abdelfattah et al. 2021 (arXiv 2101.08134).
    Sign: larger is meant to be better.
    Batch: only the size of its images.
    Initialisation: the network's.
    Batch norms: replaced by the identity.
    Precision: float64, whatever the network's.
    Published code: Samsung's takes absolute values in float32 before the cast; NASLib's after, and then the
        logarithm.
    Trap: in float32 the flow of deep cells overflows. If the batch norms stay, the value is another proxy
        (`synflow_bn` of NASLib).
    """
    network = passes.copy(torch.float64)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.forward = types.MethodType(_identity, layer)  # type: ignore[method-assign]
    weights = [layer.weight for layer in weighted_layers(network)]
    flow = network(torch.ones_like(passes.batch.images[:1], dtype=torch.float64)).sum()
    gradients = torch.autograd.grad(flow, weights, materialize_grads=True)
    total = sum(
        (weight.detach() * gradient).abs().sum().item() for weight, gradient in zip(weights, gradients, strict=True)
    )
    return math.log(total) if total > 0 else float(-math.inf if total == 0 else math.nan)


def _identity(self: nn.Module, images: Tensor) -> Tensor:
    del self
    return images
