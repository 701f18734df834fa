"""Write the usual record, with its frame: the inverse of `record_reader.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.njit import njit
from nasbench_pytorch.table.tfrecord.compiled.base64_lines import write_base64
from nasbench_pytorch.table.tfrecord.compiled.crc32c import masked_crc
from nasbench_pytorch.table.tfrecord.compiled.protobuf import write_little_endian, write_message

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.row_block import JsonNames
    from nasbench_pytorch.table.tfrecord.compiled.arrays import Bytes, RecordArrays, StoredCells
    from nasbench_pytorch.table.tfrecord.compiled.tables import EncodingTables

FIXED_BYTES = 320
"""An upper bound for the parts of a framed record whose length does not depend on the cell."""

_HEADER = 12
_QUOTE, _COMMA, _OPEN, _CLOSE, _ZERO = 34, 44, 91, 93, 48


@njit
def write(records: RecordArrays, cells: StoredCells, names: JsonNames, tables: EncodingTables, out: Bytes) -> int:
    """Write one framed record for each entry of `records` to `out`; return the bytes written.

    Args:
        records: the values of each record.
        cells: the cells of the table.
        names: names of the operations.
        tables: lookup tables.
        out: buffer for the records.
    """
    message = np.empty(256, np.uint8)
    position = 0
    for record in range(records.cells.shape[0]):
        cell = records.cells[record]
        start = position + _HEADER
        out[start] = _OPEN
        out[start + 1] = _QUOTE
        position = _write_hash(out, start + 2, cells.hashes, cell, tables.hex)
        position = _write_text(out, position, tables.separator, 0, 3)
        position = write_number(out, position, np.int64(records.epochs[record]))
        position = _write_text(out, position, tables.separator, 1, 4)
        position = _write_cell(out, position, cells, cell, names, tables.separator)
        position = _write_text(out, position, tables.separator, 0, 4)
        size = write_message(records.bits, record, np.int64(cells.parameters[cell]), message)
        position = write_base64(out, position, message, size, tables.base64)
        out[position] = _QUOTE
        out[position + 1] = _CLOSE
        position += 2
        header = start - _HEADER
        write_little_endian(out, header, np.uint64(position - start), 8)
        write_little_endian(out, header + 8, np.uint64(masked_crc(out, header, header + 8, tables.crc)), 4)
        write_little_endian(out, position, np.uint64(masked_crc(out, start, position, tables.crc)), 4)
        position += 4
    return position


@njit
def _write_hash(out: Bytes, position: int, hashes: Bytes, cell: int, hexes: Bytes) -> int:
    for i in range(16):
        byte = hashes[cell, i]
        out[position] = hexes[byte >> 4]
        out[position + 1] = hexes[byte & 15]
        position += 2
    return position


@njit
def _write_cell(out: Bytes, position: int, cells: StoredCells, cell: int, names: JsonNames, separator: Bytes) -> int:
    """Write `adjacency", "operations`; return the position behind it."""
    for i in range(cells.matrix_starts[cell], cells.matrix_starts[cell + 1]):
        out[position] = _ZERO + cells.adjacency[i]
        position += 1
    position = _write_text(out, position, separator, 0, 4)
    first = cells.vertex_starts[cell]
    for i in range(first, cells.vertex_starts[cell + 1]):
        if i > first:
            out[position] = _COMMA
            position += 1
        code = cells.operations[i]
        name_start = names.ends[code - 1] if code > 0 else 0
        position = _write_text(out, position, names.text, name_start, names.ends[code])
    return position


@njit
def _write_text(out: Bytes, position: int, text: Bytes, start: int, stop: int) -> int:
    for i in range(start, stop):
        out[position + i - start] = text[i]
    return position + stop - start


@njit
def write_number(out: Bytes, position: int, value: int) -> int:
    """Write the decimal digits of a number from 0 on; return the position behind them."""
    digits = 1
    power = np.int64(10)
    while power <= value:
        power *= 10
        digits += 1
    for i in range(digits):
        out[position + digits - 1 - i] = _ZERO + value % 10
        value //= 10
    return position + digits
