"""Frame records whose texts are given: the JSON list around them, and the checksums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.njit import njit
from nasbench_pytorch.table.tfrecord.compiled.crc32c import masked_crc
from nasbench_pytorch.table.tfrecord.compiled.protobuf import write_little_endian
from nasbench_pytorch.table.tfrecord.compiled.record_writer import write_number

if TYPE_CHECKING:
    import numpy.typing as npt

    from nasbench_pytorch.table.tfrecord.compiled.arrays import Bytes, Integers
    from nasbench_pytorch.table.tfrecord.compiled.tables import CrcTables

_QUOTE, _COMMA, _SPACE, _OPEN, _CLOSE, _ZERO, _NEWLINE, _BACKSLASH, _N = 34, 44, 32, 91, 93, 48, 10, 92, 110


@njit
def frame_records(
    texts: Bytes,
    parts: npt.NDArray[np.int64],
    epochs: Integers,
    first: int,
    out: Bytes,
    starts: Integers,
    crc: CrcTables,
) -> int:
    """Write `["hash", epochs, "adjacency", "operations", "metrics"]` for each record, framed; return their number.

    It stops before a record with a character that JSON escapes, other than a newline.

    Args:
        texts: bytes of all texts, among others.
        parts: where hash, adjacency, operations and metrics of each record begin and end, shape (records, 8).
        epochs: budget of each record.
        first: record to begin with.
        out: buffer for the frames.
        starts: where each frame begins in `out`, and where the last one ends; `starts[first]` is set.
        crc: lookup tables.
    """
    for record in range(first, parts.shape[0]):
        header = starts[record]
        begin = header + 12
        out[begin] = _OPEN
        position = begin + 1
        for part in range(4):
            out[position] = _QUOTE
            position += 1
            for index in range(parts[record, 2 * part], parts[record, 2 * part + 1]):
                character = texts[index]
                if character == _NEWLINE:
                    out[position] = _BACKSLASH
                    out[position + 1] = _N
                    position += 2
                    continue
                if character < _SPACE or character > 126 or character in (_QUOTE, _BACKSLASH):
                    return record
                out[position] = character
                position += 1
            out[position] = _QUOTE
            position += 1
            if part < 3:
                out[position] = _COMMA
                out[position + 1] = _SPACE
                position += 2
            if part == 0:
                position = write_number(out, position, epochs[record])
                out[position] = _COMMA
                out[position + 1] = _SPACE
                position += 2
        out[position] = _CLOSE
        position += 1
        write_little_endian(out, header, np.uint64(position - begin), 8)
        write_little_endian(out, header + 8, np.uint64(masked_crc(out, header, header + 8, crc)), 4)
        write_little_endian(out, position, np.uint64(masked_crc(out, begin, position, crc)), 4)
        starts[record + 1] = position + 4
    return len(parts)
