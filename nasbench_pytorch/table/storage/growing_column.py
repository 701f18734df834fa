"""Columns that grow part by part in bounded memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.storage.encoded_column import Array, Column, Encoding, narrow, widen


class GrowingColumn:
    """A column that grows part by part, as narrow as all parts allow.

    Memory grows in place, so the parts of a large table are never held in memory together with the whole.

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
        """Append the values of `part`."""
        self._needs_doubles |= part.encoding is Encoding.FLOAT64
        if self._encoding is None:
            self._encoding = part.encoding
        elif self._encoding is not part.encoding:
            part = Column(Encoding.FLOAT64, widen(part, self._images), part.missing)
            self._widen(self._encoding)
        if part.missing is not None and self._missing is None:
            self._missing = GrowingArray()
            self._missing.append(np.zeros(len(self._stored), np.bool_))
        if self._missing is not None:
            self._missing.append(_mask(part))
        self._stored.append(part.stored)

    def _widen(self, encoding: Encoding) -> None:
        if encoding is Encoding.FLOAT64:
            return
        values = widen(Column(encoding, self._stored.array()), self._images)
        self._encoding, self._stored = Encoding.FLOAT64, GrowingArray()
        self._stored.append(values)

    def column(self) -> Column:
        """Return the whole column; nothing can be appended afterwards."""
        stored = self._stored.array()
        missing = None if self._missing is None else self._missing.array()
        if self._encoding is Encoding.FLOAT64 and not self._needs_doubles:
            return narrow(self._name, stored, missing, self._images)
        return Column(self._encoding or Encoding.FLOAT64, stored, missing)


class GrowingArray:
    """A one-dimensional array that grows part by part; its type is the type of the first part."""

    def __init__(self) -> None:
        self._memory: Array | None = None
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, part: Array) -> None:
        """Append values."""
        size = self._size + len(part)
        if self._memory is None:
            self._memory = np.empty(size, part.dtype)
        elif size > len(self._memory):
            # The system moves pages instead of copying them, and pages that were never written take no memory.
            self._memory.resize(size + size // 4, refcheck=False)
        self._memory[self._size : size] = part
        self._size = size

    def array(self) -> Array:
        """Return the whole array; nothing can be appended afterwards."""
        return np.empty(0) if self._memory is None else self._memory[: self._size]


def _mask(part: Column) -> npt.NDArray[np.bool_]:
    return np.zeros(len(part.stored), np.bool_) if part.missing is None else part.missing
