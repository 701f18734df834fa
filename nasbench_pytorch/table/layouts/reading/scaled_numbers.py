"""Numbers that a program stored multiplied: the ones whose product is the stored number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.storage.encoded_column import Encoding, fractions

Doubles = npt.NDArray[np.float64]


def fractions_of_percents(percents: Doubles, images: int) -> Doubles:
    """Return accuracies as fractions: k / images as float32 or double, where 100 times that is the stored number.

    Args:
        percents: any shape; NaN stays NaN.
        images: evaluation images.
    """
    values = percents / 100
    with np.errstate(invalid="ignore", over="ignore"):
        counts = np.rint(values * images)
        places = np.where((counts >= 0) & (counts <= images), counts, 0).astype(np.int64)
    for encoding in (Encoding.COUNT64, Encoding.COUNT):  # the last that fits is kept: the original's float32
        exact = fractions(encoding, images)[places]
        values = np.where(exact * 100 == percents, exact, values)
    return values


def unscaled(products: Doubles, factor: float) -> Doubles:
    """Return numbers whose product with `factor` is `products`: the quotient, or a neighbour of it."""
    quotient = products / factor
    with np.errstate(invalid="ignore", over="ignore"):
        for neighbour in (np.nextafter(quotient, -np.inf), np.nextafter(quotient, np.inf)):
            wrong = quotient * factor != products
            quotient = np.where(wrong & (neighbour * factor == products), neighbour, quotient)
    return quotient
