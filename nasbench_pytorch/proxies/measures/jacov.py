"""Covariance of the images' Jacobians."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.proxies.correlations import correlation_matrix, eigenvalues

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.passes import Passes

_SMALL = 1e-5


def jacov(passes: Passes) -> float:
    """Compare the Jacobians of the images: the less they correlate, the larger the value.

    Formula: −Σ (ln(v + 10⁻⁵) + 1/(v + 10⁻⁵)) over the eigenvalues v of the correlation matrix of the rows ∂(Σ
        logits)/∂x, one row an image.
    Source: the first version of Mellor et al. (arXiv 2006.04647); called jacob_cov by Abdelfattah et al. 2021.
    Sign: larger is meant to be better.
    Batch: one of at least 2 images; values of different sizes do not compare.
    Initialisation: the network's.
    Batch norms: training mode, so an image's row also holds its effect on the others' logits.
    Published code: eigenvalues of a general matrix in float32, which may be complex; NaN becomes −10⁸.
    Trap: one eigenvalue near zero decides the value. It is not finite where a Jacobian is constant.
    """
    jacobian = passes.loss.jacobian
    assert jacobian is not None
    values = eigenvalues(correlation_matrix(jacobian)) + _SMALL
    with np.errstate(all="ignore"):
        return float(-np.sum(np.log(values) + 1 / values))
