"""Norm of the loss's gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def grad_norm(passes: Passes) -> float:
    """Sum the norms of the weights' gradients over the layers.

    Formula: Σ over convolutions and linear layers of ‖∂L/∂w‖₂, L the mean cross-entropy of the batch.
    Source: Abdelfattah et al. 2021 (arXiv 2101.08134).
    Sign: larger is meant to be better.
    Batch: one, published 64 to 256 images.
    Initialisation: the network's.
    Batch norms: training mode, statistics of the batch.
    Published code: the same.
    Trap: in front of a batch norm the gradient is proportional to 1/‖w‖, so the value measures the initialisation
        too.
    """
    return sum(float(torch.linalg.vector_norm(gradient, dtype=torch.float64)) for gradient in passes.loss.gradients)
