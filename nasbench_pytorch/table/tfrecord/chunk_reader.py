"""Read a TFRecord file in chunks of whole frames, so that two threads can parse it in bounded memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.tfrecord.frames import (
    BAD_LENGTH,
    CUT_SHORT,
    HEADER_SIZE,
    LARGEST_RECORD_BYTES,
    TOO_LONG,
    Damage,
    DamagedFileError,
    find_header,
    frame_length,
)

SLACK_BYTES = 512
"""Spare bytes behind a buffer, because the compiled reader looks a little past the last frame."""
_SMALLEST_FRAME = 16


@dataclass
class Chunk:
    """Some whole frames.

    Attributes:
        data: the bytes of the frames.
        starts: where each frame begins in `data`; a damaged file may have gaps between frames.
        first_record: number of the first frame in the file.
        offset: byte of the file where `data` begins.
    """

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    first_record: int
    offset: int

    def frame_data(self, index: int) -> bytes:
        """Return the data of frame `index`, without checking its checksum."""
        start = int(self.starts[index]) + HEADER_SIZE
        length = int.from_bytes(self.data[start - HEADER_SIZE : start - 4].tobytes(), "little")
        return self.data[start : start + length].tobytes()


class ChunkReader:
    """Reader that cuts a file into chunks and records its SHA-256 and its damage.

    Attributes:
        path: the file.
        size_bytes: size of the file.
        position: bytes in the chunks so far.
        damages: damaged places, filled while reading with `salvage`.

    Args:
        path: the file.
        salvage: continue behind a frame with a damaged header instead of raising an error.
        chunk_bytes: size of a chunk; a longer frame is a chunk by itself.
    """

    def __init__(self, path: str | os.PathLike[str], salvage: bool = False, chunk_bytes: int = 1 << 22) -> None:
        self.path = Path(path)
        self.size_bytes = self.path.stat().st_size
        self.damages: list[Damage] = []
        self.position = 0
        self._salvage = salvage
        self._chunk_bytes = chunk_bytes
        self._digest = hashlib.sha256()
        self._records = 0
        self._error: DamagedFileError | None = None

    def sha256(self) -> str:
        """Return the digest of the bytes read so far."""
        return self._digest.hexdigest()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the chunks in order.

        Raises:
            DamagedFileError: a header is damaged or the file ends inside a frame, without `salvage`.
            OSError: the file cannot be read.
        """
        with self.path.open("rb", buffering=0) as stream:
            rest, read = np.empty(0, np.uint8), True
            while read:
                data, read = self._fill(stream, rest)
                starts, end = self._frames(data[:-SLACK_BYTES], last=not read)
                if len(starts):
                    yield Chunk(data, starts, self._records, self.position)
                if self._error is not None:
                    raise self._error
                self._records += len(starts)
                self.position += end
                rest = data[end:-SLACK_BYTES]

    def _fill(self, stream: FileIO, rest: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], bool]:
        """Return the rest of the last chunk and the bytes after it, with slack, and whether there were any."""
        wanted = max(self._chunk_bytes, len(rest))
        data = np.empty(len(rest) + wanted + SLACK_BYTES, np.uint8)
        data[: len(rest)] = rest
        size = len(rest)
        view = memoryview(cast("Any", data))
        while size < len(data) - SLACK_BYTES:
            count = stream.readinto(view[size : len(data) - SLACK_BYTES])
            if not count:
                break
            self._digest.update(view[size : size + count])
            size += count
        return data[: size + SLACK_BYTES], size > len(rest)

    def _frames(self, data: npt.NDArray[np.uint8], last: bool) -> tuple[npt.NDArray[np.int64], int]:
        """Return where the whole frames of `data` begin, and where the last one ends."""
        from nasbench_pytorch.table.tfrecord.compiled.frame_walk import walk
        from nasbench_pytorch.table.tfrecord.compiled.tables import DECODING

        starts = np.empty(len(data) // _SMALLEST_FRAME + 1, np.int64)
        found, position = 0, 0
        while True:
            count, position = walk(data, position, len(data), starts[found:], DECODING.crc, LARGEST_RECORD_BYTES)
            if self._salvage:
                kept, inside = _look_within(data, starts[found : found + count], last)
                found += kept
                if inside is not None:
                    position = inside
                    continue
                if kept < count:
                    position = int(starts[found])
                    break
            else:
                found += count
            left = len(data) - position
            if left == 0 or (left < HEADER_SIZE and not last):
                break
            cause = self._cause(data, position, last)
            if cause is None or not self._report(Damage(self._records + found, self.position + position, cause)):
                break
            following = find_header(data.data, position + 1)
            if following is None:
                # A header may straddle the end of the chunk, so the last bytes are kept for the next chunk.
                position = len(data) if last else max(position + 1, len(data) - HEADER_SIZE + 1)
                break
            position = following
        return starts[:found].copy(), position

    def _cause(self, data: npt.NDArray[np.uint8], position: int, last: bool) -> str | None:
        """Return why the frame at `position` is not whole; None if it continues in the next chunk."""
        if len(data) - position < HEADER_SIZE:
            return CUT_SHORT
        length = frame_length(data[position : position + HEADER_SIZE].tobytes())
        if length is None:
            return BAD_LENGTH
        if length > LARGEST_RECORD_BYTES:
            return TOO_LONG
        return None if not last and self._fits(position, length) else CUT_SHORT

    def _fits(self, position: int, length: int) -> bool:
        """Return whether the file is long enough for a frame that continues in the next chunk."""
        return self.position + position + _SMALLEST_FRAME + length <= self.size_bytes

    def _report(self, damage: Damage) -> bool:
        """Record a damage; return whether to continue. The error is raised after the records before it are yielded."""
        if not self._salvage:
            self._error = DamagedFileError(self.path, damage)
            return False
        if not self.damages or self.damages[-1].record != damage.record:
            self.damages.append(damage)
        return True


def _look_within(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], last: bool) -> tuple[int, int | None]:
    """Look for sound headers within frames whose data are damaged: where bytes were lost, the next frame begins there.

    Args:
        data: the chunk.
        starts: where its frames begin.
        last: whether the file ends with this chunk.

    Returns:
        How many of the frames to keep, the damaged one included, and where the frame within it begins. Without such a
        frame all are kept, unless the last one is damaged and must be read again with the next chunk.
    """
    from nasbench_pytorch.table.tfrecord.compiled.frame_walk import first_unsound
    from nasbench_pytorch.table.tfrecord.compiled.tables import DECODING

    index = -1
    while (step := first_unsound(data, starts[index + 1 :], DECODING.crc)) >= 0:
        index += 1 + step
        start = int(starts[index])
        end = start + _SMALLEST_FRAME + int.from_bytes(data[start : start + 4].tobytes(), "little")
        inside = find_header(data[start + 1 : end + HEADER_SIZE - 1].data, 0)
        if inside is not None and start + 1 + inside < end:
            return index + 1, start + 1 + inside
        if end + HEADER_SIZE - 1 > len(data) and not last:
            return index, None
    return len(starts), None
