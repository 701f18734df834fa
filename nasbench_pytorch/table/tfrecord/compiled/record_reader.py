"""Read the usual record: the one whose text is fixed by its values.

Every byte of such a record is either checked against the one that the writer would put there or decoded by a rule
that has one inverse (hex digits, decimal digits without leading zeros, base64 with zero padding bits, shortest
varint). So a record that is read here is written back to the same bytes, with no need to write it and compare.
"""

from __future__ import annotations

import numpy as np

from nasbench_pytorch.njit import njit
from nasbench_pytorch.table.tfrecord.compiled.crc32c import masked_crc, stored_crc
from nasbench_pytorch.table.tfrecord.compiled.protobuf import read_base64, read_message

_QUOTE, _COMMA, _SPACE = 34, 44, 32
_OPEN, _CLOSE, _ZERO, _NINE = 91, 93, 48, 57
HEX = np.full(256, 255, np.uint8)
"""Character → four bits, 255 for what is no lower-case hex digit."""
HEX[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


@njit
def walk(data, position, stop, starts, tables):  # type: ignore[no-untyped-def]
    """Where the frames of a buffer begin, as far as their headers are sound and they are whole.

    Returns: the number of frames, written to `starts`, and the position behind the last.
    """
    count = 0
    while count < starts.shape[0] and position + 12 <= stop:
        if masked_crc(data, position, position + 8, tables) != stored_crc(data, position + 8):
            break
        length = np.uint64(stored_crc(data, position)) | np.uint64(stored_crc(data, position + 4)) << np.uint64(32)
        if length > np.uint64(stop - position):
            break
        following = position + 16 + np.int64(length)
        if following > stop:
            break
        starts[count] = position
        count += 1
        position = following
    return count, position


@njit
def _matches(data, first, second, length):  # type: ignore[no-untyped-def]
    for i in range(length):  # noqa: SIM110 - numba compiles loops
        if data[first + i] != data[second + i]:
            return False
    return True


@njit
def _read_cell(data, position, stop, names, name_ends, adjacency, operations, used):  # type: ignore[no-untyped-def]
    """Read `adjacency", "operations"`; returns the position behind it and the vertices, or −1."""
    digits = 0
    while position < stop and (data[position] == _ZERO or data[position] == _ZERO + 1):
        adjacency[used[1] + digits] = data[position] - _ZERO
        digits += 1
        position += 1
    if not (data[position] == _QUOTE and data[position + 1] == _COMMA and data[position + 2] == _SPACE):
        return -1, 0
    if data[position + 3] != _QUOTE:
        return -1, 0
    position += 4
    vertices = 0
    while True:
        code = -1
        begin = 0
        for candidate in range(name_ends.shape[0]):
            length = name_ends[candidate] - begin
            same = position + length < stop
            for i in range(length if same else 0):
                if data[position + i] != names[begin + i]:
                    same = False
                    break
            if same and (data[position + length] == _COMMA or data[position + length] == _QUOTE):
                code = candidate
                position += length
                break
            begin = name_ends[candidate]
        if code < 0:
            return -1, 0
        operations[used[2] + vertices] = code
        vertices += 1
        position += 1
        if data[position - 1] == _QUOTE:
            break
    if vertices * vertices != digits:
        return -1, 0
    return position, vertices


@njit
def scan(  # type: ignore[no-untyped-def]
    data, starts, record, count, names, name_ends, tables, hexes, alphabet,
    epochs, record_cell, bits, hashes, vertices, parameters, adjacency, operations, used,
):  # fmt: skip
    """Read records from number `record` on, up to the first that is damaged or unusual; returns its number.

    Args:
        data, starts, count: a buffer and where its frames begin.
        names, name_ends: the operations' names as JSON writes them, one behind the other, and where each ends.
        epochs, record_cell: for each record its budget and its cell's number.
        bits: 16 × records, the numbers of `ROW_FIELDS` as they are in memory.
        hashes, vertices, parameters, adjacency, operations: the cells, the last two one behind the other.
        used: cells; entries of `adjacency`; of `operations`; where the text of the last cell begins and ends, in
            `data`, 0 where the next record cannot be compared with it.
    """
    message = np.empty(256, np.uint8)
    while record < count:
        start = starts[record] + 12
        length = np.int64(stored_crc(data, starts[record]))
        stop = start + length
        if length < 300 or masked_crc(data, start, stop, tables) != stored_crc(data, stop):
            return record
        if data[start] != _OPEN or data[start + 1] != _QUOTE:
            return record
        if data[start + 34] != _QUOTE or data[start + 35] != _COMMA or data[start + 36] != _SPACE:
            return record
        position = start + 37
        if data[position] == _ZERO and data[position + 1] != _COMMA:
            return record
        budget = np.int64(0)
        digits = 0
        while digits < 9 and data[position] >= _ZERO and data[position] <= _NINE:
            budget = budget * 10 + (data[position] - _ZERO)
            digits += 1
            position += 1
        if digits == 0 or data[position] != _COMMA or data[position + 1] != _SPACE or data[position + 2] != _QUOTE:
            return record
        position += 3

        cell = used[0] - 1
        cell_length = used[4] - used[3]
        known = (
            cell_length > 0
            and position + cell_length < stop
            and _matches(data, position, used[3], cell_length)
            and _matches(data, start + 2, used[5], 32)
        )
        size = 0
        if known:
            after = position + cell_length
        else:
            after, size = _read_cell(data, position, stop, names, name_ends, adjacency, operations, used)
            if after < 0:
                return record
        if data[after] != _COMMA or data[after + 1] != _SPACE or data[after + 2] != _QUOTE:
            return record
        if data[stop - 2] != _QUOTE or data[stop - 1] != _CLOSE:
            return record
        message_size = read_base64(data, after + 3, stop - 2, message, alphabet)
        if message_size < 150:
            return record
        params = read_message(message, message_size, bits, record)
        if params < 0:
            return record
        if not known or params != parameters[cell]:
            if not known:
                used[3] = position
                used[4] = after
                used[5] = start + 2
                for i in range(16):
                    high = hexes[data[start + 2 + 2 * i]]
                    low = hexes[data[start + 3 + 2 * i]]
                    if high | low > 15:
                        used[4] = used[3]
                        return record
                    hashes[used[0], i] = high << 4 | low
            else:
                size = vertices[cell]
                hashes[used[0]] = hashes[cell]
                adjacency[used[1] : used[1] + size * size] = adjacency[used[1] - size * size : used[1]]
                operations[used[2] : used[2] + size] = operations[used[2] - size : used[2]]
            cell += 1
            vertices[cell] = size
            parameters[cell] = params
            used[0] += 1
            used[1] += size * size
            used[2] += size
        epochs[record] = budget
        record_cell[record] = cell
        record += 1
    return record
