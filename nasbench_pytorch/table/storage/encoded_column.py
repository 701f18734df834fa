"""Columns as narrow as their values allow, without losing a bit.

An accuracy of the published table is float32(k / 9984), so k fits into 16 bits. A time may fit into a float32. Other
numbers stay doubles. Equality always means equal bits: −0 differs from 0, and each NaN keeps its bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.storage.fields import is_accuracy

Array = npt.NDArray[Any]
Doubles = npt.NDArray[np.float64]


class Encoding(str, Enum):
    """How a column holds its doubles.

    Attributes:
        COUNT: k of float32(k / evaluation images), 16 bits.
        COUNT64: k of the double k / evaluation images, 16 bits.
        FLOAT32: a float32 of the same value.
        FLOAT64: the double itself.
    """

    COUNT = "count"
    COUNT64 = "count64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"


@dataclass
class Column:
    """Numbers of one field.

    Attributes:
        encoding: how to read `stored`.
        stored: uint16, float32 or float64.
        missing: mask of the missing values, or None if no value is missing.
    """

    encoding: Encoding
    stored: Array
    missing: npt.NDArray[np.bool_] | None = None


@lru_cache(maxsize=8)
def fractions(encoding: Encoding, images: int) -> Doubles:
    """Return the accuracies that the counts 0 to `images` stand for."""
    exact = np.arange(images + 1) / images
    return exact.astype(np.float32).astype(np.float64) if encoding is Encoding.COUNT else exact


def narrow(name: str, values: Doubles, missing: npt.NDArray[np.bool_] | None, images: int) -> Column:
    """Return the narrowest column that gives back `values`.

    Args:
        name: the field; only accuracies are tried as counts.
        values: doubles; values that are `missing` are ignored.
        missing: mask of missing values, or None.
        images: evaluation images.
    """
    if missing is not None:
        if not missing.any():
            missing = None
        else:
            values = np.where(missing, 0.0, values)
    if is_accuracy(name) and images <= 0xFFFF:
        for encoding in (Encoding.COUNT, Encoding.COUNT64):
            counts = _counts(values, fractions(encoding, images))
            if counts is not None:
                return Column(encoding, counts, missing)
    with np.errstate(over="ignore", invalid="ignore"):
        single = values.astype(np.float32)
        if _same_bits(single.astype(np.float64), values):
            return Column(Encoding.FLOAT32, single, missing)
    return Column(Encoding.FLOAT64, np.ascontiguousarray(values), missing)


def widen(column: Column, images: int) -> Doubles:
    """Return the doubles of a column; a missing value gives any number."""
    if column.encoding in (Encoding.COUNT, Encoding.COUNT64):
        return fractions(column.encoding, images)[column.stored]
    return column.stored.astype(np.float64)


def take(column: Column, order: npt.NDArray[np.int64]) -> Column:
    """Return the rows `order` of a column."""
    missing = None if column.missing is None else column.missing[order]
    return Column(column.encoding, column.stored[order], missing)


def smallest_unsigned(values: Iterable[int] | Array) -> Array:
    """Return integers ≥ 0 in the narrowest unsigned type of 8, 16, 32 or 64 bits."""
    array = np.asarray(values)
    return array.astype(np.min_scalar_type(int(array.max()) if array.size else 0))


def _counts(values: Doubles, table: Doubles) -> npt.NDArray[np.uint16] | None:
    """Return the index in `table` of each value, or None if a value is not in `table`."""
    last = len(table) - 1
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.rint(values * last)
        if not bool(np.all((scaled >= 0) & (scaled <= last))):
            return None
    counts = scaled.astype(np.uint16)
    return counts if _same_bits(table[counts], values) else None


def _same_bits(first: Doubles, second: Doubles) -> bool:
    return np.array_equal(first.view(np.uint64), np.ascontiguousarray(second).view(np.uint64))
