"""Preservation of the gradient's flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from nasbench_pytorch.proxies.layers import weighted_layers
from nasbench_pytorch.proxies.loss_pass import mean_cross_entropy

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def grasp(passes: Passes) -> float:
    """Sum the products of weights and the Hessian's product with the gradient, with a minus sign.

    Formula: Σ −w · (Hg) over the weights of convolutions and linear layers, g the gradient and H the Hessian of the
        mean cross-entropy of the batch by these weights.
    Source: Wang et al. 2020 (arXiv 2002.07376), as a proxy Abdelfattah et al. 2021 (arXiv 2101.08134), who have the
        minus sign.
    Sign: larger is meant to be better.
    Batch: one.
    Initialisation: the network's.
    Batch norms: training mode.
    Precision: float64, whatever the network's.
    Published code: float32; NASLib keeps only the last part's gradient if it splits a batch.
    Trap: a layer in front of a batch norm has −Σ w · (Hg) = ‖g‖² (Euler's theorem: its gradient has degree −1 in
        its weights), a small remainder of terms that cancel. The classifier's term nearly cancels the sum of these
        again: ten to a thousand times as large as the value, of the other sign. So the value changes its sign from
        draw to draw, and in float32 rounding comes close to it.
    """
    network = passes.copy(torch.float64)
    images, labels = passes.batch.images.double(), passes.batch.labels
    weights = [layer.weight for layer in weighted_layers(network)]
    loss = mean_cross_entropy(network(images), labels)
    gradients = torch.autograd.grad(loss, weights, create_graph=True, materialize_grads=True)
    # The first gradient is a constant here: the derivative of half its squared norm is Hg too, with the factor 1.
    half_squared_norm = sum((gradient.square().sum() for gradient in gradients), torch.zeros((), dtype=torch.float64))
    products = torch.autograd.grad(0.5 * half_squared_norm, weights, materialize_grads=True)
    return -sum((weight.detach() * product).sum().item() for weight, product in zip(weights, products, strict=True))
