"""MeCo: smallest eigenvalues of the channels' correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from nasbench_pytorch.proxies.correlations import correlation_matrix, eigenvalues

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def meco(passes: Passes) -> float:
    """Sum the smallest eigenvalues of the correlation matrices of the layers' channels.

    Formula: Σ over layers of the smallest eigenvalue of the correlation matrix of the layer's output channels, each
        a vector of pixels, for one image of noise of N(0, 1); correlations with a constant channel count as 0.
    Source: Jiang et al. 2023 (NeurIPS, MeCo). A layer is a module without sub-modules whose output is a [1,
        channels, height, width] tensor.
    Sign: larger is meant to be better.
    Batch: only the size of its images.
    Initialisation: the network's.
    Batch norms: training mode, statistics of the one image.
    Published code: hooks every module, containers too, so that layers count several times, and feeds an image of
        64×64 whatever the batch's.
    Trap: a layer with more channels than pixels has a singular matrix and counts as 0 up to rounding; in the full
        skeleton that is most of the last stack.
    """
    network = passes.copy()
    image = passes.batch.images[:1]
    smallest: list[float] = []

    def look(_: nn.Module, __: object, output: Tensor) -> None:
        if isinstance(output, Tensor) and output.ndim == 4:
            matrix = np.nan_to_num(correlation_matrix(output[0].flatten(1)), nan=0.0, posinf=0.0, neginf=0.0)
            smallest.append(float(eigenvalues(matrix)[0]))

    for layer in network.modules():
        if not list(layer.children()):
            layer.register_forward_hook(look)
    with torch.no_grad():
        network(torch.randn(image.shape, generator=passes.batch.generator).to(image))
    return sum(smallest)
