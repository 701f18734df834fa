"""Base64 in lines of 76 characters, each followed by an escaped newline: the form of the metrics in a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.njit import njit

if TYPE_CHECKING:
    from nasbench_pytorch.table.tfrecord.compiled.arrays import Bytes

_LINE = 76
"""Characters of base64 in a line."""
_BACKSLASH, _N, _PAD = 92, 110, 61


@njit
def read_base64(data: Bytes, position: int, stop: int, message: Bytes, alphabet: Bytes) -> int:
    """Decode `data[position:stop]` into `message`; return the number of bytes, or −1 if the form is unusual."""
    size = 0
    while position < stop:
        line_stop = min(position + _LINE, stop - 2)
        if line_stop <= position or (line_stop - position) % 4 or size + 3 * _LINE // 4 > message.shape[0]:
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
def write_base64(out: Bytes, position: int, message: Bytes, size: int, alphabet: Bytes) -> int:
    """Write the first `size` bytes of `message` to `out`; return the position behind them."""
    column = 0
    for i in range(0, size, 3):
        a = message[i]
        b = message[i + 1] if i + 1 < size else np.uint8(0)
        c = message[i + 2] if i + 2 < size else np.uint8(0)
        out[position] = alphabet[a >> 2]
        out[position + 1] = alphabet[(a & 3) << 4 | b >> 4]
        out[position + 2] = alphabet[(b & 15) << 2 | c >> 6] if i + 1 < size else np.uint8(_PAD)
        out[position + 3] = alphabet[c & 63] if i + 2 < size else np.uint8(_PAD)
        position += 4
        column += 4
        if column == _LINE or i + 3 >= size:
            out[position] = _BACKSLASH
            out[position + 1] = _N
            position += 2
            column = 0
    return position
