"""Correlation matrices of tensors' rows, and their eigenvalues."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from jaxtyping import Float
from torch import Tensor

Floats = npt.NDArray[np.float64]


def correlation_matrix(rows: Float[Tensor, "rows columns"]) -> Floats:
    """Return the correlation coefficients of each pair of rows in float64; NaN for constant rows."""
    with np.errstate(all="ignore"):
        values = np.corrcoef(rows.detach().double().cpu().numpy())
    return np.atleast_2d(np.asarray(values, np.float64))


def eigenvalues(matrix: Floats) -> Floats:
    """Return the eigenvalues of a symmetric matrix in ascending order; NaN if an entry is not finite."""
    if not np.isfinite(matrix).all():
        return np.full(len(matrix), np.nan)
    return np.asarray(np.linalg.eigvalsh(matrix), np.float64)
