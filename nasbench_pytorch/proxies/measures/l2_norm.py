"""Norms of the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from nasbench_pytorch.proxies.layers import weighted_layers

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def l2_norm(passes: Passes) -> float:
    """Sum the norms of the weights over the layers.

    Formula: Σ over convolutions and linear layers of ‖w‖₂.
    Source: Abdelfattah et al. 2021 (arXiv 2101.08134).
    Sign: larger is meant to be better.
    It needs no batch and no pass.
    Initialisation: the network's; since its standard deviations are fixed by the shapes, so is the value up to the
        noise of the draw.
    Published code: the same.
    Trap: it counts channels. A convolution has ‖w‖₂ ≈ √(2 · input channels) with the initialisation of
        nasbench-pytorch 1.3.1, and √(output channels) with the original's, which orders cells differently.
    """
    with torch.no_grad():
        return sum(
            float(torch.linalg.vector_norm(layer.weight, dtype=torch.float64))
            for layer in weighted_layers(passes.network)
        )
