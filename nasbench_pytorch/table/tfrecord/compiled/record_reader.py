"""Read the usual record: the one whose text is fixed by its values.

Every byte of such a record is either compared with the byte that the writer would put there, or decoded by a rule
that has one inverse (hex digits, decimal digits without leading zeros, base64 with zero padding bits, shortest
varint). A record that is read here is therefore written back as the same bytes, with no need to write and compare it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.njit import njit
from nasbench_pytorch.table.tfrecord.compiled.base64_lines import read_base64
from nasbench_pytorch.table.tfrecord.compiled.cell_reader import (
    CELLS,
    HASH_START,
    TEXT_START,
    TEXT_STOP,
    copy_last_cell,
    count_cell,
    is_last_cell,
    read_cell,
    read_hash,
)
from nasbench_pytorch.table.tfrecord.compiled.crc32c import masked_crc, read_uint32
from nasbench_pytorch.table.tfrecord.compiled.protobuf import read_message

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.row_block import JsonNames
    from nasbench_pytorch.table.tfrecord.compiled.arrays import (
        Bytes,
        CellArrays,
        FrameBuffer,
        Integers,
        RecordArrays,
    )
    from nasbench_pytorch.table.tfrecord.compiled.tables import DecodingTables

_SHORTEST = 300
"""A shorter record is not usual."""
_QUOTE, _COMMA, _SPACE = 34, 44, 32
_OPEN, _CLOSE, _ZERO, _NINE = 91, 93, 48, 57


@njit
def scan(
    frames: FrameBuffer,
    first: int,
    names: JsonNames,
    tables: DecodingTables,
    records: RecordArrays,
    cells: CellArrays,
    state: Integers,
) -> int:
    """Read the frames from number `first` on; return the number of the first damaged or unusual one.

    Args:
        frames: a buffer of frames.
        first: where to begin.
        names: names of the known operations.
        tables: lookup tables.
        records: filled with the values of each record.
        cells: filled with the cells; a cell is stored once for consecutive records that share it.
        state: int64, `SLOTS` entries; kept from call to call.
    """
    data, starts, bits = frames.data, frames.starts, records.bits
    message = np.empty(256, np.uint8)
    for record in range(first, len(starts)):
        start = starts[record] + 12
        stop = start + np.int64(read_uint32(data, starts[record]))
        if stop - start < _SHORTEST or masked_crc(data, start, stop, tables.crc) != read_uint32(data, stop):
            return record
        text_start, budget = _read_budget(data, start)
        if text_start < 0:
            return record
        repeated = is_last_cell(data, start + 2, text_start, stop, state)
        text_stop, vertices = text_start + state[TEXT_STOP] - state[TEXT_START], 0
        if not repeated:
            text_stop, vertices = read_cell(data, text_start, stop, names, cells, state)
        if (
            text_stop < 0
            or not (data[text_stop] == _COMMA and data[text_stop + 1] == _SPACE and data[text_stop + 2] == _QUOTE)
            or not (data[stop - 2] == _QUOTE and data[stop - 1] == _CLOSE)
        ):
            return record
        size = read_base64(data, text_stop + 3, stop - 2, message, tables.base64)
        parameters = read_message(message, size, bits, record)
        if parameters < 0:
            return record
        if not repeated:
            if not read_hash(data, start + 2, tables.hex, cells.hashes, state[CELLS]):
                return record
            state[TEXT_START], state[TEXT_STOP], state[HASH_START] = text_start, text_stop, start + 2
            count_cell(cells, state, vertices, parameters)
        elif parameters != cells.parameters[state[CELLS] - 1]:
            copy_last_cell(cells, state, parameters)
        records.epochs[record] = budget
        records.cells[record] = state[CELLS] - 1
    return len(starts)


@njit
def _read_budget(data: Bytes, start: int) -> tuple[int, int]:
    """Check `["hash", EPOCHS, "`; return the position behind it and the epochs, or −1 and 0."""
    if data[start] != _OPEN or data[start + 1] != _QUOTE:
        return -1, 0
    if data[start + 34] != _QUOTE or data[start + 35] != _COMMA or data[start + 36] != _SPACE:
        return -1, 0
    position = start + 37
    if data[position] == _ZERO and data[position + 1] != _COMMA:
        return -1, 0
    budget = 0
    digits = 0
    while digits < 9 and data[position] >= _ZERO and data[position] <= _NINE:
        budget = budget * 10 + np.int64(data[position] - _ZERO)
        digits += 1
        position += 1
    if digits == 0 or data[position] != _COMMA or data[position + 1] != _SPACE or data[position + 2] != _QUOTE:
        return -1, 0
    return position + 3, budget
