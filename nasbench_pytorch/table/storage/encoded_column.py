"""Columns as narrow as their values allow, without losing a bit.

An accuracy of the published table is float32(k / 9984), so k fits into 16 bits; a time may fit into a float32. What
does not fit stays a double. Equality is of bits throughout, so that −0 is not 0 and every NaN stays itself.
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
        encoding: how `stored` is to be read.
        stored: uint16, float32 or float64.
        missing: where there is no value, or None where there always is one.
    """

    encoding: Encoding
    stored: Array
    missing: npt.NDArray[np.bool_] | None = None


@lru_cache(maxsize=8)
def fractions(encoding: Encoding, images: int) -> Doubles:
    """What the counts 0 to `images` stand for."""
    exact = np.arange(images + 1) / images
    return exact.astype(np.float32).astype(np.float64) if encoding is Encoding.COUNT else exact


def narrow(name: str, values: Doubles, missing: npt.NDArray[np.bool_] | None, images: int) -> Column:
    """The narrowest column that gives back `values`.

    Args:
        name: the field; only accuracies are tried as counts.
        values: doubles; where `missing`, they do not matter.
        missing: mask of absent values, or None.
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
    """The doubles of a column; where values are missing, zeros or whatever is stored."""
    if column.encoding in (Encoding.COUNT, Encoding.COUNT64):
        return fractions(column.encoding, images)[column.stored]
    return column.stored.astype(np.float64)


class GrowingColumn:
    """A column that takes part after part, as narrow as all of them allow.

    Memory is grown in place, so that the parts of a large table need not be held beside their sum.

    Args:
        name: the field.
        images: evaluation images.
    """

    def __init__(self, name: str, images: int) -> None:
        self._name, self._images = name, images
        self._encoding: Encoding | None = None
        self._needs_doubles = False
        self._stored = GrowingArray()
        self._missing: GrowingArray | None = None

    def append(self, part: Column) -> None:
        """Add the values of `part` behind those there are."""
        self._needs_doubles |= part.encoding is Encoding.FLOAT64
        if self._encoding is None:
            self._encoding = part.encoding
        elif self._encoding is not part.encoding:
            part = Column(Encoding.FLOAT64, widen(part, self._images), part.missing)
            self._widen()
        if part.missing is not None and self._missing is None:
            self._missing = GrowingArray()
            self._missing.append(np.zeros(len(self._stored), np.bool_))
        if self._missing is not None:
            self._missing.append(_mask(part))
        self._stored.append(part.stored)

    def _widen(self) -> None:
        if self._encoding in (None, Encoding.FLOAT64):
            return
        assert self._encoding is not None
        values = widen(Column(self._encoding, self._stored.array()), self._images)
        self._encoding, self._stored = Encoding.FLOAT64, GrowingArray()
        self._stored.append(values)

    def column(self) -> Column:
        """What was added; nothing can be added afterwards."""
        stored = self._stored.array()
        missing = None if self._missing is None else self._missing.array()
        if self._encoding is Encoding.FLOAT64 and not self._needs_doubles:
            return narrow(self._name, stored, missing, self._images)
        return Column(self._encoding or Encoding.FLOAT64, stored, missing)


class GrowingArray:
    """A one-dimensional array that takes part after part; its type is the first part's."""

    def __init__(self) -> None:
        self._memory: Array | None = None
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, part: Array) -> None:
        """Add values behind those there are."""
        size = self._size + len(part)
        if self._memory is None:
            self._memory = np.empty(size, part.dtype)
        elif size > len(self._memory):
            # The system moves pages rather than copy them, and pages that were never written take no memory.
            self._memory.resize(size + size // 4, refcheck=False)
        self._memory[self._size : size] = part
        self._size = size

    def array(self) -> Array:
        """What was added, as one array; nothing can be added afterwards."""
        return np.empty(0) if self._memory is None else self._memory[: self._size]


def take(column: Column, order: npt.NDArray[np.int64]) -> Column:
    """The column with its rows in another order."""
    missing = None if column.missing is None else column.missing[order]
    return Column(column.encoding, column.stored[order], missing)


def smallest_unsigned(values: Iterable[int] | Array) -> Array:
    """Whole numbers ≥ 0 in the narrowest unsigned type of 8, 16, 32 or 64 bits."""
    array = np.asarray(values)
    return array.astype(np.min_scalar_type(int(array.max()) if array.size else 0))


def _counts(values: Doubles, table: Doubles) -> npt.NDArray[np.uint16] | None:
    """Which entry of `table` each value is, None where one is none."""
    last = len(table) - 1
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.rint(values * last)
        if not bool(np.all((scaled >= 0) & (scaled <= last))):
            return None
    counts = scaled.astype(np.uint16)
    return counts if _same_bits(table[counts], values) else None


def _same_bits(first: Doubles, second: Doubles) -> bool:
    return np.array_equal(first.view(np.uint64), np.ascontiguousarray(second).view(np.uint64))


def _mask(part: Column) -> npt.NDArray[np.bool_]:
    return np.zeros(len(part.stored), np.bool_) if part.missing is None else part.missing
