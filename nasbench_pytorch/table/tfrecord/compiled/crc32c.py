"""CRC-32C over many short pieces, where a call of a library for each would hold the interpreter's lock."""

from __future__ import annotations

from typing import Any

import numpy as np

from nasbench_pytorch.njit import njit

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8


def _tables() -> np.ndarray[Any, np.dtype[np.uint32]]:
    """Eight tables of 256 entries: `tables[k][b]` is the CRC of byte b followed by k zero bytes."""
    tables = np.zeros((8, 256), np.uint32)
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
        tables[0, byte] = crc
    for k in range(1, 8):
        previous = tables[k - 1]
        tables[k] = previous >> 8 ^ tables[0][previous & 0xFF]
    return tables


CRC_TABLES = _tables()


@njit
def crc32c(data, start, stop, tables):  # type: ignore[no-untyped-def]
    """CRC-32C of `data[start:stop]`, eight bytes a round ("slicing by 8")."""
    crc = np.uint32(0xFFFFFFFF)
    position = start
    while position + 8 <= stop:
        low = crc ^ (
            np.uint32(data[position])
            | np.uint32(data[position + 1]) << np.uint32(8)
            | np.uint32(data[position + 2]) << np.uint32(16)
            | np.uint32(data[position + 3]) << np.uint32(24)
        )
        crc = (
            tables[7, low & np.uint32(0xFF)]
            ^ tables[6, (low >> np.uint32(8)) & np.uint32(0xFF)]
            ^ tables[5, (low >> np.uint32(16)) & np.uint32(0xFF)]
            ^ tables[4, low >> np.uint32(24)]
            ^ tables[3, data[position + 4]]
            ^ tables[2, data[position + 5]]
            ^ tables[1, data[position + 6]]
            ^ tables[0, data[position + 7]]
        )
        position += 8
    while position < stop:
        crc = crc >> np.uint32(8) ^ tables[0, (crc ^ np.uint32(data[position])) & np.uint32(0xFF)]
        position += 1
    return crc ^ np.uint32(0xFFFFFFFF)


@njit
def masked_crc(data, start, stop, tables):  # type: ignore[no-untyped-def]
    """The CRC as TFRecord stores it: rotated by 15 bits, with a constant added."""
    crc = crc32c(data, start, stop, tables)
    # numba widens 32-bit sums to 64 bits, so the result is cut back.
    return np.uint32(((crc >> np.uint32(15)) | np.uint32(crc << np.uint32(17))) + np.uint32(_MASK_DELTA))


@njit
def stored_crc(data, position):  # type: ignore[no-untyped-def]
    """The 32-bit little-endian number at `position`."""
    return np.uint32(
        np.uint32(data[position])
        | np.uint32(data[position + 1]) << np.uint32(8)
        | np.uint32(data[position + 2]) << np.uint32(16)
        | np.uint32(data[position + 3]) << np.uint32(24)
    )
