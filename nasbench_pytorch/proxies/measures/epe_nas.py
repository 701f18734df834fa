"""Correlations of the images' Jacobians within each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.proxies.correlations import correlation_matrix
from nasbench_pytorch.proxies.loss_pass import different

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes

_SMALL = 1e-5


def epe_nas(passes: Passes) -> float:
    """Sum the logarithms of the correlations of Jacobians within each class.

    Formula: Σ over classes of |Σ ln(|c| + 10⁻⁵)| over the entries c of the correlation matrix of the class's rows
        ∂(Σ logits)/∂x.
    Source: Lopes et al. 2021 (arXiv 2102.08099), for at most 100 classes.
    Sign: larger is meant to be better.
    Batch: one with at least two images of a class; classes with one image are left out.
    Initialisation: the network's.
    Batch norms: training mode.
    Published code: fails silently for some classes, and prints the error.
    Trap: |ln c| is largest for correlations near zero, whose logarithm is noise: so is the proxy.
    """
    jacobian = passes.loss.jacobian
    assert jacobian is not None
    labels = passes.batch.labels
    total = 0.0
    for label in different(labels):
        rows = jacobian[labels == label]
        if len(rows) > 1:
            with np.errstate(all="ignore"):
                total += abs(float(np.log(np.abs(correlation_matrix(rows)) + _SMALL).sum()))
    return total
