"""ZiCo: mean and deviation of the gradients over batches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from nasbench_pytorch.proxies.loss_pass import run_loss_pass

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def zico(passes: Passes) -> float:
    """Compare the size of the gradients with their deviation between the two halves of the batch.

    Formula: Σ over convolutions and linear layers of ln Σ over weights of (mean |g|) / (standard deviation of g),
        over the gradients g of the mean cross-entropy of two batches; weights without a deviation are left out, and
        so are layers without any other.
    Source: Li et al. 2023 (arXiv 2301.11300).
    Sign: larger is meant to be better.
    Batch: at least 2 images; its halves are the two batches (an odd last image is left out).
    Initialisation: the network's.
    Batch norms: training mode, each half with its own statistics.
    Published code: two batches of 64 or 128 images; the deviation of the population, as here.
    Trap: with two batches the ratio is (|g₁| + |g₂|) / |g₁ − g₂|, which has no finite mean: few weights decide a
        layer's sum. The sum over layers makes it grow with their number.
    """
    half = len(passes.batch) // 2
    parts = [passes.batch.part(0, half), passes.batch.part(half, 2 * half)]
    network = passes.copy()
    gradients = [run_loss_pass(network, part, {"gradients"}).gradients for part in parts]
    return sum(_layer(torch.stack(pair)) for pair in zip(*gradients, strict=True))


def _layer(gradients: Tensor) -> float:
    deviation = gradients.std(dim=0, correction=0)
    # NaN stays NaN: the network has gradients that are not numbers.
    ratio = torch.where(deviation == 0, 0, gradients.abs().mean(dim=0) / deviation)
    total = ratio.sum(dtype=torch.float64).item()
    return 0.0 if total == 0 else math.log(total) if total > 0 else math.nan
