"""Quantiles over runs, some of which may have no value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def quantile(regrets: Floats, share: float) -> Floats:
    """Return a quantile over the first axis, with linear interpolation.

    NaN, a run without a value, counts as worse than all others. The result is NaN where it would depend on such a run.

    Args:
        regrets: shape (runs, ...), at least one run.
        share: 0.5 for the median.
    """
    values = np.sort(np.where(np.isnan(regrets), np.inf, regrets), axis=0)
    rank = share * (len(values) - 1)
    below, above = int(np.floor(rank)), int(np.ceil(rank))
    found: Floats = values[below]
    if below != above:
        weight = rank - below
        with np.errstate(invalid="ignore"):
            found = (1 - weight) * found + weight * values[above]
    return np.where(np.isfinite(found), found, np.nan)
