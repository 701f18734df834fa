"""The metrics of the usual record: a protobuf message that has all its fields, in the order of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit

if TYPE_CHECKING:
    from nasbench_pytorch.table.tfrecord.compiled.arrays import Bytes

_EVALUATION_BYTES = 45
"""An evaluation's five doubles, each behind its tag."""
_EVALUATION_TAG, _PARAMETERS_TAG, _TOTAL_TIME_TAG = 0x0A, 0x10, 0x19
_FIRST_DOUBLE_TAG = 9
"""Tag of field 1 as a double; each further field's tag is 8 more."""


@njit
def _read_uint64(message: Bytes, position: int) -> np.uint64:
    bits: np.uint64 = np.uint64(0)
    for i in range(8):
        bits |= np.uint64(message[position + i]) << np.uint64(8 * i)
    return bits


@njit
def read_message(message: Bytes, size: int, bits: npt.NDArray[np.uint64], record: int) -> int:
    """Read a message into `bits[:, record]`; return the trainable parameters, or −1 if the form is unusual.

    Args:
        message: a buffer that is large enough for the longest usual message, whatever `size` is.
        size: bytes of the message; any number that is not the size of a usual message gives −1.
        bits: numbers by field and record.
        record: column of `bits`.
    """
    position = 0
    for evaluation in range(3):
        if message[position] != _EVALUATION_TAG or message[position + 1] != _EVALUATION_BYTES:
            return -1
        position += 2
        for field in range(5):
            if message[position] != _FIRST_DOUBLE_TAG + 8 * field:
                return -1
            bits[5 * evaluation + field, record] = _read_uint64(message, position + 1)
            position += 9
    if message[position] != _PARAMETERS_TAG:
        return -1
    parameters, position = _read_varint(message, position + 1)
    if parameters < 0 or message[position] != _TOTAL_TIME_TAG or position + 9 != size:
        return -1
    bits[15, record] = _read_uint64(message, position + 1)
    return parameters


@njit
def _read_varint(message: Bytes, position: int) -> tuple[int, int]:
    """Return an int32 ≥ 0 in its shortest form and the position behind it; −1 for any other number."""
    value = 0
    for length in range(5):
        byte = np.int64(message[position + length])
        value |= (byte & 127) << (7 * length)
        if byte < 128:
            shortest = (length == 0 or byte > 0) and value <= 0x7FFFFFFF
            return value if shortest else -1, position + length + 1
    return -1, position


@njit
def write_little_endian(out: Bytes, position: int, value: np.uint64, size: int) -> None:
    """Write the lowest `size` bytes of `value` to `out`."""
    for i in range(size):
        out[position + i] = (value >> np.uint64(8 * i)) & np.uint64(255)


@njit
def write_message(bits: npt.NDArray[np.uint64], record: int, parameters: int, message: Bytes) -> int:
    """Write `bits[:, record]` and the trainable parameters as a message; return its size."""
    position = 0
    for evaluation in range(3):
        message[position] = _EVALUATION_TAG
        message[position + 1] = _EVALUATION_BYTES
        position += 2
        for field in range(5):
            message[position] = _FIRST_DOUBLE_TAG + 8 * field
            write_little_endian(message, position + 1, bits[5 * evaluation + field, record], 8)
            position += 9
    message[position] = _PARAMETERS_TAG
    position += 1
    while parameters > 127:
        message[position] = parameters & 127 | 128
        parameters >>= 7
        position += 1
    message[position] = parameters
    message[position + 1] = _TOTAL_TIME_TAG
    write_little_endian(message, position + 2, bits[15, record], 8)
    return position + 10
