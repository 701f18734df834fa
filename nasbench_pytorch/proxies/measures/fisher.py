"""Fisher information of the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def fisher(passes: Passes) -> float:
    """Sum the Fisher information of the channels, each as often as the channel has weights.

    Formula: Σ over convolutions and linear layers, and their output channels c, of (weights of c) · ½ · mean over
        images of (Σ over pixels of a · ∂L/∂a)², a the layer's output and L the mean cross-entropy of the batch.
    Source: Theis et al. 2018 (arXiv 1801.05787), as a proxy Abdelfattah et al. 2021 (arXiv 2101.08134).
    Sign: larger is meant to be better.
    Batch: one; since L is a mean, values fall with the square of its size.
    Initialisation: the network's.
    Batch norms: training mode.
    Published code: spreads a channel's value over its weights before it sums, which multiplies it by their number;
        it uses torch's old backward hooks.
    Trap: this factor makes wide 3×3 convolutions dominate.
    """
    return sum(passes.loss.fisher)
