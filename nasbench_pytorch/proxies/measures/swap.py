"""Number of different activation patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from nasbench_pytorch.proxies.loss_pass import different

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes


def swap(passes: Passes) -> float:
    """Count the different patterns of signs over the first images of the batch.

    Formula: the number of different vectors in {0, 1}^S among all ReLUs of the network, an element being the sign
        of the ReLU for one of the first S = 16 images (all images of a smaller batch).
    Source: Peng et al. 2024 (arXiv 2403.04161), SWAP-Score without its regularisation by the number of parameters,
        whose two constants are fitted to a search space.
    Sign: larger is meant to be better.
    Batch: one; its first 16 images give the patterns, all of it the statistics.
    Initialisation: the network's.
    Batch norms: training mode.
    Published code: batches of 16, the mean of 32 repeats, cells of DARTS; nothing for NAS-Bench-101.
    Trap: at most 2¹⁶ patterns exist, and wide networks have most.
    """
    patterns = passes.loss.patterns
    return float(len(different(torch.cat(patterns)))) if patterns else 0.0
