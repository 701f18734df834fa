"""A TFRecord file in pieces of whole frames, so that two threads can read it in bounded memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.tfrecord.frames import (
    BAD_LENGTH,
    CUT_SHORT,
    HEADER_SIZE,
    Damage,
    DamagedFileError,
    find_header,
    frame_length,
)

_SLACK = 512
"""Spare bytes behind a buffer, so that the compiled reader may look a little past the last frame."""
_SMALLEST_FRAME = 16


@dataclass
class Chunk:
    """Some whole frames.

    Attributes:
        data: the bytes that hold them.
        starts: where each begins in `data`; in a damaged file there may be gaps between them.
        first_record: number of the first one in the file.
        offset: byte of the file where `data` begins.
    """

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    first_record: int
    offset: int

    def frame_data(self, index: int) -> bytes:
        """What is inside the frame `index`, its checksum not looked at."""
        start = int(self.starts[index]) + HEADER_SIZE
        length = int.from_bytes(self.data[start - HEADER_SIZE : start - 4].tobytes(), "little")
        return self.data[start : start + length].tobytes()


class ChunkReader:
    """Cuts a file into chunks; keeps its SHA-256 and where it is damaged.

    Attributes:
        size_bytes: size of the file.
        position: bytes given out so far.
        damages: filled while it reads with `salvage`.

    Args:
        path: the file.
        salvage: read on behind a frame whose header is damaged, rather than raise.
        chunk_bytes: size of a chunk; a longer frame makes one of its own.
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
        """Digest of what has been read."""
        return self._digest.hexdigest()

    def chunks(self) -> Iterator[Chunk]:
        """The chunks in order.

        Raises:
            DamagedFileError: a header is damaged or the file ends inside a frame, without `salvage`.
            OSError: the file cannot be read.
        """
        with self.path.open("rb", buffering=0) as stream:
            rest, read = np.empty(0, np.uint8), True
            while read:
                data, read = self._fill(stream, rest)
                starts, end = self._frames(data[:-_SLACK], last=not read)
                if len(starts):
                    yield Chunk(data, starts, self._records, self.position)
                if self._error is not None:
                    raise self._error
                self._records += len(starts)
                self.position += end
                rest = data[end:-_SLACK]

    def _fill(self, stream: IO[bytes], rest: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], bool]:
        """The rest of the last chunk and what follows it, with slack; and whether anything followed."""
        wanted = max(self._chunk_bytes, len(rest))
        data = np.empty(len(rest) + wanted + _SLACK, np.uint8)
        data[: len(rest)] = rest
        size = len(rest)
        view = memoryview(cast("Any", data))
        while size < len(data) - _SLACK:
            got = stream.readinto(view[size : len(data) - _SLACK])  # type: ignore[attr-defined]
            if not got:
                break
            self._digest.update(view[size : size + got])
            size += got
        return data[: size + _SLACK], size > len(rest)

    def _frames(self, data: npt.NDArray[np.uint8], last: bool) -> tuple[npt.NDArray[np.int64], int]:
        """Where the whole frames of `data` begin, and where the last one ends."""
        from nasbench_pytorch.table.tfrecord.compiled.frame_walk import walk
        from nasbench_pytorch.table.tfrecord.compiled.tables import DECODING

        starts = np.empty(len(data) // _SMALLEST_FRAME + 1, np.int64)
        found, position = 0, 0
        while True:
            count, position = walk(data, position, len(data), starts[found:], DECODING.crc)
            found += count
            left = len(data) - position
            if left < HEADER_SIZE and not last:
                break
            if left == 0:
                break
            length = frame_length(data[position : position + HEADER_SIZE].tobytes()) if left >= HEADER_SIZE else 0
            if length is not None and not last and self._fits(position, length):
                break
            cause = BAD_LENGTH if length is None else CUT_SHORT
            if not self._report(Damage(self._records + found, self.position + position, cause)):
                break
            following = find_header(data[position + 1 :].data, 0) if length is None else None
            if following is None:
                # A header may straddle the end of what is here, so its last bytes are kept for the next chunk.
                position = len(data) if last else max(position + 1, len(data) - HEADER_SIZE + 1)
                break
            position += 1 + following
        return starts[:found].copy(), position

    def _fits(self, position: int, length: int) -> bool:
        """Whether the file is long enough for a frame that this chunk holds only in part."""
        return self.position + position + _SMALLEST_FRAME + length <= self.size_bytes

    def _report(self, damage: Damage) -> bool:
        """Note a damage; returns whether to read on. The records before it are given out before it is raised."""
        if not self._salvage:
            self._error = DamagedFileError(self.path, damage)
            return False
        if not self.damages or self.damages[-1].record != damage.record:
            self.damages.append(damage)
        return True
