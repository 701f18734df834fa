"""Write the usual record, with its frame: the inverse of `reader.py`."""

from __future__ import annotations

import numpy as np

from nasbench_pytorch.njit import njit
from nasbench_pytorch.table.tfrecord.compiled.crc32c import masked_crc
from nasbench_pytorch.table.tfrecord.compiled.protobuf import EVALUATION_BYTES, LINE

BASE64_CHARACTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8)
HEX_CHARACTERS = np.frombuffer(b"0123456789abcdef", np.uint8)
FIXED_BYTES = 320
"""More than the parts of a framed record take whose length does not depend on the cell."""


@njit
def _put_little_endian(out, position, value, size):  # type: ignore[no-untyped-def]
    for i in range(size):
        out[position + i] = (value >> np.uint64(8 * i)) & np.uint64(255)


@njit
def _message(bits, record, parameters, message):  # type: ignore[no-untyped-def]
    """Write the message of one record; returns its size."""
    position = 0
    for evaluation in range(3):
        message[position] = 0x0A
        message[position + 1] = EVALUATION_BYTES
        position += 2
        for field in range(5):
            message[position] = 9 + 8 * field
            _put_little_endian(message, position + 1, bits[5 * evaluation + field, record], 8)
            position += 9
    message[position] = 0x10
    position += 1
    while parameters > 127:
        message[position] = parameters & 127 | 128
        parameters >>= 7
        position += 1
    message[position] = parameters
    message[position + 1] = 0x19
    _put_little_endian(message, position + 2, bits[15, record], 8)
    return position + 10


@njit
def _put_base64(out, position, message, size, alphabet):  # type: ignore[no-untyped-def]
    """Write `message` in lines of base64 with escaped newlines; returns the position behind it."""
    column = 0
    for i in range(0, size, 3):
        a = message[i]
        b = message[i + 1] if i + 1 < size else np.uint8(0)
        c = message[i + 2] if i + 2 < size else np.uint8(0)
        out[position] = alphabet[a >> 2]
        out[position + 1] = alphabet[(a & 3) << 4 | b >> 4]
        out[position + 2] = alphabet[(b & 15) << 2 | c >> 6] if i + 1 < size else np.uint8(61)
        out[position + 3] = alphabet[c & 63] if i + 2 < size else np.uint8(61)
        position += 4
        column += 4
        if column == LINE or i + 3 >= size:
            out[position] = 92
            out[position + 1] = 110
            position += 2
            column = 0
    return position


@njit
def _put_text(out, position, text, start, stop):  # type: ignore[no-untyped-def]
    for i in range(start, stop):
        out[position + i - start] = text[i]
    return position + stop - start


@njit
def _put_number(out, position, value):  # type: ignore[no-untyped-def]
    digits = 1
    power = np.int64(10)
    while power <= value:
        power *= 10
        digits += 1
    for i in range(digits):
        out[position + digits - 1 - i] = 48 + value % 10
        value //= 10
    return position + digits


@njit
def write(  # type: ignore[no-untyped-def]
    cells, epochs, bits, hashes, vertex_starts, matrix_starts, parameters, adjacency, operations,
    names, name_ends, tables, alphabet, hexes, separators, out,
):  # fmt: skip
    """Write one framed record for each entry of `cells` to `out`; returns the bytes written.

    Args:
        cells, epochs, bits: for each record its cell's number, its budget, and (16 × records) its numbers.
        hashes, parameters: the cells.
        vertex_starts, matrix_starts: where each cell begins in `operations` and `adjacency`, and the last ends.
        names, name_ends: the operations' names as JSON writes them, one behind the other, and where each ends.
        separators: `", "`.
    """
    message = np.empty(256, np.uint8)
    position = 0
    for record in range(cells.shape[0]):
        cell = cells[record]
        start = position + 12
        out[start] = 91
        out[start + 1] = 34
        position = start + 2
        for i in range(16):
            byte = hashes[cell, i]
            out[position] = hexes[byte >> 4]
            out[position + 1] = hexes[byte & 15]
            position += 2
        position = _put_text(out, position, separators, 0, 3)
        position = _put_number(out, position, np.int64(epochs[record]))
        position = _put_text(out, position, separators, 1, 4)
        for i in range(matrix_starts[cell], matrix_starts[cell + 1]):
            out[position] = 48 + adjacency[i]
            position += 1
        position = _put_text(out, position, separators, 0, 4)
        for i in range(vertex_starts[cell], vertex_starts[cell + 1]):
            if i > vertex_starts[cell]:
                out[position] = 44
                position += 1
            code = operations[i]
            name_start = name_ends[code - 1] if code > 0 else 0
            position = _put_text(out, position, names, name_start, name_ends[code])
        position = _put_text(out, position, separators, 0, 4)
        size = _message(bits, record, np.int64(parameters[cell]), message)
        position = _put_base64(out, position, message, size, alphabet)
        out[position] = 34
        out[position + 1] = 93
        position += 2
        _put_little_endian(out, start - 12, np.uint64(position - start), 8)
        _put_little_endian(out, start - 4, np.uint64(masked_crc(out, start - 12, start - 4, tables)), 4)
        _put_little_endian(out, position, np.uint64(masked_crc(out, start, position, tables)), 4)
        position += 4
    return position
