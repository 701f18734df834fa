"""Kernel of the signs of ReLUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def nwot(passes: Passes) -> float:
    """Compute how differently the images switch the ReLUs.

    Formula: ln |det K|, K_ij the number of ReLUs whose inputs have the same sign (positive or not) for images i and
        j, summed over all layers.
    Source: Mellor et al. 2021 (arXiv 2006.04647), NASWOT.
    Sign: larger is meant to be better.
    Batch: one, published 128 images; values of different sizes do not compare.
    Initialisation: the network's.
    Batch norms: training mode.
    Published code: networks with a stem of 16 channels and one label, which the preset `naswot` has. Layers count
        if their class has ReLU in its name; `torch.nn.functional.relu` is not seen.
    Trap: K counts agreements, so the value grows with the number of ReLUs, and with it with the width and the
        number of layers.
    """
    agreements = passes.loss.agreements
    if agreements is None:  # a network without ReLU layers
        return float("-inf")
    return float(torch.linalg.slogdet(agreements.cpu()).logabsdet)
