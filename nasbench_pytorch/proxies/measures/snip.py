"""Sensitivity of the loss to removing weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def snip(passes: Passes) -> float:
    """Sum the absolute products of weights and gradients.

    Formula: Σ |w · ∂L/∂w| over the weights of convolutions and linear layers, L the mean cross-entropy of the
        batch; the gradient by a mask m of ones is w · ∂L/∂w.
    Source: Lee et al. 2019 (arXiv 1810.02340), as a proxy Abdelfattah et al. 2021 (arXiv 2101.08134).
    Sign: larger is meant to be better.
    Batch: one.
    Initialisation: the network's.
    Batch norms: training mode.
    Published code: puts masks into the layers; the same values.
    Trap: as for `grad_norm`, and the sum grows with the number of weights, since the absolute values do not cancel.
    """
    loss = passes.loss
    return sum(
        (weight * gradient).abs_().sum(dtype=torch.float64).item()
        for weight, gradient in zip(loss.weights, loss.gradients, strict=True)
    )
