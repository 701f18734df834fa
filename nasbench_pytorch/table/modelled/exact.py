"""Functions whose result is the same to the last bit on every machine.

They use additions, multiplications and divisions of whole arrays only. A library's exponential, or an interpolation in
compiled code that fuses a multiplication with an addition, may differ in the last bit, and so in what is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def piecewise_linear(inputs: Floats, points: Sequence[float], values: Sequence[float]) -> Floats:
    """Interpolate linearly between ascending points; constant beyond both ends, as `numpy.interp`."""
    x, y = np.asarray(points, np.float64), np.asarray(values, np.float64)
    slopes = (y[1:] - y[:-1]) / (x[1:] - x[:-1])
    inside = np.clip(inputs, x[0], x[-1])
    below = np.clip(np.searchsorted(x, inside, side="right") - 1, 0, len(x) - 2)
    steps = slopes[below] * (inside - x[below])
    return np.asarray(y[below] + steps)


def powers(base: float, count: int) -> Floats:
    """Return the powers 0 to `count` - 1 of a number."""
    factors = np.full(max(count, 1), base)
    factors[0] = 1.0
    return np.cumprod(factors)
