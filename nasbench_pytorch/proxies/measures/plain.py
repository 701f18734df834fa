"""Products of weights and gradients, with their signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def plain(passes: Passes) -> float:
    """Sum the products of weights and gradients.

    Formula: Σ w · ∂L/∂w over the weights of convolutions and linear layers, L the mean cross-entropy of the batch.
    Source: Abdelfattah et al. 2021 (arXiv 2101.08134).
    Sign: larger is meant to be better.
    Batch: one.
    Initialisation: the network's.
    Batch norms: training mode.
    Published code: the same.
    Trap: a convolution in front of a batch norm may be scaled without changing the loss, so by Euler's theorem its
        products sum to zero (to the batch norm's ε): the value is the classifier's term alone, and the convolutions
        add only rounding.
    """
    loss = passes.loss
    return sum(
        (weight * gradient).sum(dtype=torch.float64).item()
        for weight, gradient in zip(loss.weights, loss.gradients, strict=True)
    )
