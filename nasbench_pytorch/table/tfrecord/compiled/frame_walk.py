"""Find the frames of a buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.njit import njit
from nasbench_pytorch.table.tfrecord.compiled.crc32c import masked_crc, read_uint32

if TYPE_CHECKING:
    from nasbench_pytorch.table.tfrecord.compiled.arrays import Bytes, Integers
    from nasbench_pytorch.table.tfrecord.compiled.tables import CrcTables


@njit
def walk(data: Bytes, position: int, stop: int, starts: Integers, tables: CrcTables, longest: int) -> tuple[int, int]:
    """Write to `starts` where the frames from `position` on begin, up to the first damaged or incomplete one.

    A frame whose data are longer than `longest` is damaged.

    Returns:
        The number of frames, and the position behind the last.
    """
    count = 0
    while count < starts.shape[0] and position + 12 <= stop:
        if masked_crc(data, position, position + 8, tables) != read_uint32(data, position + 8):
            break
        length = np.uint64(read_uint32(data, position)) | np.uint64(read_uint32(data, position + 4)) << np.uint64(32)
        if length > np.uint64(stop - position) or length > np.uint64(longest):
            break
        following = position + 16 + np.int64(length)
        if following > stop:
            break
        starts[count] = position
        count += 1
        position = following
    return count, position


@njit
def first_unsound(data: Bytes, starts: Integers, tables: CrcTables) -> int:
    """Return the first of some whole frames whose data do not match their checksum; -1 if all match."""
    for index in range(starts.shape[0]):
        begin = starts[index] + 12
        end = begin + np.int64(read_uint32(data, starts[index]))
        if masked_crc(data, begin, end, tables) != read_uint32(data, end):
            return index
    return -1
