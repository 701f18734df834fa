"""CRC-32C of many short pieces; calling a library for each piece would hold the interpreter's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.njit import njit

if TYPE_CHECKING:
    from nasbench_pytorch.table.tfrecord.compiled.arrays import Bytes
    from nasbench_pytorch.table.tfrecord.compiled.tables import CrcTables

_MASK_DELTA = 0xA282EAD8


@njit
def crc32c(data: Bytes, start: int, stop: int, tables: CrcTables) -> np.uint32:
    """Return the CRC-32C of `data[start:stop]`, computed eight bytes a round ("slicing by 8")."""
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
    result: np.uint32 = crc ^ np.uint32(0xFFFFFFFF)
    return result


@njit
def masked_crc(data: Bytes, start: int, stop: int, tables: CrcTables) -> np.uint32:
    """Return the CRC of `data[start:stop]` as TFRecord stores it: rotated by 15 bits, with a constant added."""
    crc = crc32c(data, start, stop, tables)
    # numba widens 32-bit sums to 64 bits, so the result is cut back.
    masked: np.uint32 = np.uint32(((crc >> np.uint32(15)) | np.uint32(crc << np.uint32(17))) + np.uint32(_MASK_DELTA))
    return masked


@njit
def read_uint32(data: Bytes, position: int) -> np.uint32:
    """Return the 32-bit little-endian number at `position`."""
    number: np.uint32 = np.uint32(
        np.uint32(data[position])
        | np.uint32(data[position + 1]) << np.uint32(8)
        | np.uint32(data[position + 2]) << np.uint32(16)
        | np.uint32(data[position + 3]) << np.uint32(24)
    )
    return number
