"""Lookup tables of the compiled functions: checksums, hex digits and base64."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nasbench_pytorch.table.tfrecord.compiled.arrays import Bytes

CrcTables = npt.NDArray[np.uint32]

_CRC_POLYNOMIAL = 0x82F63B78
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_BASE64 = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8)


class DecodingTables(NamedTuple):
    """Tables for reading.

    Attributes:
        crc: see `crc32c`.
        hex: character → four bits; 255 for a character that is not a lower-case hex digit.
        base64: character → six bits; 255 for a character outside of base64.
    """

    crc: CrcTables
    hex: Bytes
    base64: Bytes


class EncodingTables(NamedTuple):
    """Tables for writing.

    Attributes:
        crc: see `crc32c`.
        hex: four bits → character.
        base64: six bits → character.
        separator: the four characters `", "`.
    """

    crc: CrcTables
    hex: Bytes
    base64: Bytes
    separator: Bytes


def _crc_tables() -> CrcTables:
    """Eight tables of 256 entries: `tables[k][b]` is the CRC of byte b followed by k zero bytes."""
    tables = np.zeros((8, 256), np.uint32)
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (_CRC_POLYNOMIAL if crc & 1 else 0)
        tables[0, byte] = crc
    for k in range(1, 8):
        previous = tables[k - 1]
        tables[k] = previous >> 8 ^ tables[0][previous & 0xFF]
    return tables


def _inverse(characters: Bytes) -> Bytes:
    positions = np.full(256, 255, np.uint8)
    positions[characters] = np.arange(len(characters))
    return positions


_CRC = _crc_tables()
DECODING = DecodingTables(_CRC, _inverse(_HEX), _inverse(_BASE64))
ENCODING = EncodingTables(_CRC, _HEX, _BASE64, np.frombuffer(b'", "', np.uint8))
