"""Zen-score: the change of the features for a small change of the input."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes

_STEP = 0.01


def zen(passes: Passes) -> float:
    """Compute the Zen-score.

    Formula: ln(mean over images of Σ |f(x + .01 z) − f(x)|) + Σ over batch norms of ½ ln(mean over channels of the
        variance of x's batch), f the features before the global mean, x and z noise of N(0, 1), all weights drawn
        from N(0, 1), batch norms at scale 1 and offset 0.
    Source: Lin et al. 2021 (arXiv 2102.01063).
    Sign: larger is meant to be better.
    Batch: only its size and the size of its images.
    Initialisation: its own.
    Batch norms: training mode, in both passes.
    Published code: sums over pixels and channels, as here. It reads running variances, which in NASLib hold .19 of
        the batches' after two passes of torch's momentum .1, the rest being 1.
    Trap: with the running variances of NAS-Bench-101's own setting (.003 of the batch's) the second term is nearly
        constant, so this function takes the variance from the batch.

    Raises:
        InputError: the network has no method `features`, as this package's networks do.
    """
    network = passes.copy()
    features = getattr(network, "features", None)
    if features is None:
        raise InputError("zen needs the features before the global mean: a network with a method `features`")
    generator = passes.batch.generator
    images = passes.batch.images
    _draw_weights(network, generator)
    first = _noise(images, generator)
    second = first + _STEP * _noise(images, generator)
    variances: list[float] = []
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]

    def look(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if len(variances) < len(norms):  # of the first pass; the hooks stay, so that both passes run alike
            variances.append(_mean_variance(inputs[0]))

    for norm in norms:
        norm.register_forward_pre_hook(look)
    with torch.no_grad():
        output = features(first)[-1]
        change = (features(second)[-1] - output).abs_().sum(dtype=torch.float64).item() / len(images)
    if not change > 0 or not all(variance > 0 for variance in variances):
        return math.nan if math.isnan(change) or any(map(math.isnan, variances)) else -math.inf
    return math.log(change) + 0.5 * sum(map(math.log, variances))


def _mean_variance(images: Tensor) -> float:
    """Return the mean over channels of the unbiased variance; `Tensor.var` takes twice as long."""
    count = images.numel() // images.shape[1]
    centred = images - images.mean(dim=(0, 2, 3), keepdim=True)
    return centred.square_().sum(dtype=torch.float64).item() / (images.shape[1] * max(1, count - 1))


def _noise(images: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(images.shape, generator=generator).to(images)


@torch.no_grad()
def _draw_weights(network: nn.Module, generator: torch.Generator) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator))
            if layer.bias is not None:
                layer.bias.zero_()
        elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
            layer.weight.fill_(1)
            layer.bias.zero_()
