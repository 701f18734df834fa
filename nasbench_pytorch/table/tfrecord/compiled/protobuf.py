"""Read the metrics of the usual record: base64 in lines, a message with all its fields."""

from __future__ import annotations

import numpy as np

from nasbench_pytorch.njit import njit

_BACKSLASH, _N, _PAD = 92, 110, 61
LINE = 76
"""Characters of base64 in a line."""
EVALUATION_BYTES = 45
"""An evaluation's five doubles, each behind its tag."""

BASE64 = np.full(256, 255, np.uint8)
"""Character → six bits, 255 for what is no character of base64."""
BASE64[np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8)] = np.arange(64)


@njit
def read_base64(data, position, stop, message, alphabet):  # type: ignore[no-untyped-def]
    """Decode base64 in lines, each with a newline escaped behind it; returns the bytes decoded, or −1."""
    size = 0
    while position < stop:
        line_stop = min(position + LINE, stop - 2)
        if line_stop <= position or (line_stop - position) % 4 or size + 3 * LINE // 4 > message.shape[0]:
            return -1
        if data[line_stop] != _BACKSLASH or data[line_stop + 1] != _N:
            return -1
        while position < line_stop:
            a = alphabet[data[position]]
            b = alphabet[data[position + 1]]
            c = alphabet[data[position + 2]]
            d = alphabet[data[position + 3]]
            if a | b | c | d < 64:
                message[size] = a << 2 | b >> 4
                message[size + 1] = (b & 15) << 4 | c >> 2
                message[size + 2] = (c & 3) << 6 | d
                size += 3
            else:
                if position + 4 + 2 != stop or a | b > 63 or data[position + 3] != _PAD:
                    return -1
                message[size] = a << 2 | b >> 4
                size += 1
                if c < 64:
                    if c & 3:
                        return -1
                    message[size] = (b & 15) << 4 | c >> 2
                    size += 1
                elif data[position + 2] != _PAD or b & 15:
                    return -1
            position += 4
        position += 2
    return size


@njit
def _double_bits(message, position):  # type: ignore[no-untyped-def]
    bits = np.uint64(0)
    for i in range(8):
        bits |= np.uint64(message[position + i]) << np.uint64(8 * i)
    return bits


@njit
def read_message(message, size, bits, record):  # type: ignore[no-untyped-def]
    """Read a message with all its fields; returns the trainable parameters, or −1."""
    position = 0
    for evaluation in range(3):
        if message[position] != 0x0A or message[position + 1] != EVALUATION_BYTES:
            return -1
        position += 2
        for field in range(5):
            if message[position] != 9 + 8 * field:
                return -1
            bits[5 * evaluation + field, record] = _double_bits(message, position + 1)
            position += 9
    if message[position] != 0x10:
        return -1
    position += 1
    parameters = np.int64(0)
    length = 0
    while True:
        byte = np.int64(message[position])
        parameters |= (byte & 127) << (7 * length)
        length += 1
        position += 1
        if byte < 128:
            break
        if length == 5:
            return -1
    if (length > 1 and byte == 0) or parameters > 0x7FFFFFFF:
        return -1
    if message[position] != 0x19 or position + 9 != size:
        return -1
    bits[15, record] = _double_bits(message, position + 1)
    return parameters
