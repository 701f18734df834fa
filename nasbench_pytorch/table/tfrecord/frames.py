"""TFRecord files: framing with both checksums, record by record, in plain Python.

A frame is the length of the data (64 bits), the masked CRC-32C of that length, the data, and the masked CRC-32C of
the data; numbers are little-endian. `importer.py` reads whole tables by the same rules, but faster.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import google_crc32c

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.tfrecord import record as record_format
from nasbench_pytorch.table.tfrecord.record import Record, RecordError

HEADER_SIZE = 12
FOOTER_SIZE = 4
LARGEST_RECORD_BYTES = 1 << 24
"""A longer record is refused: usual ones have some 400 bytes, and a false length must not cost memory."""
_LENGTH = struct.Struct("<Q")
_CRC = struct.Struct("<I")

BAD_LENGTH = "the length's checksum does not match"
BAD_DATA = "the data's checksum does not match"
CUT_SHORT = "the file ends inside this record"
TOO_LONG = f"its length is above {LARGEST_RECORD_BYTES:,} bytes, the most of a record"
_NOT_ZERO = re.compile(rb"[^\0]")


@dataclass(frozen=True)
class Damage:
    """A place where a file cannot be read.

    Attributes:
        record: number of the record among the frames of the file, from 0.
        offset: byte of the file where the record begins.
        cause: reason.
    """

    record: int
    offset: int
    cause: str

    def __str__(self) -> str:
        return f"record {self.record:,} at byte {self.offset:,}: {self.cause}"


class DamagedFileError(InputError):
    """A file is damaged, truncated or not a TFRecord file.

    Attributes:
        path: the file.
        damage: the first place that cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str], damage: Damage) -> None:
        super().__init__(path, damage)
        self.path, self.damage = os.fspath(path), damage

    def __str__(self) -> str:
        foreign = self.damage.offset == 0 and self.damage.cause in (BAD_LENGTH, CUT_SHORT, TOO_LONG)
        advice = (
            "this is no TFRecord file, or its beginning is damaged; a table is a .arrow file, or a .tfrecord of the "
            "original's format; nasbench table import converts the files of other programs"
            if foreign
            else "the file is damaged or truncated; download it again, or keep the sound records with --salvage"
        )
        return f"{self.path}: {self.damage} ({advice})"


def masked_crc(data: bytes | memoryview) -> int:
    """Return the CRC-32C as TFRecord stores it: rotated right by 15 bits, plus a constant."""
    crc: int = google_crc32c.value(bytes(data))
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFF_FFFF


def frame(data: bytes) -> bytes:
    """Return `data` with its length and checksums around it."""
    length = _LENGTH.pack(len(data))
    return b"".join((length, _CRC.pack(masked_crc(length)), data, _CRC.pack(masked_crc(data))))


def frame_length(header: bytes | memoryview) -> int | None:
    """Return the length of the data behind a 12-byte header; None if the header's checksum does not match."""
    if _CRC.unpack_from(header, 8)[0] != masked_crc(header[:8]):
        return None
    return int(_LENGTH.unpack_from(header)[0])


def find_header(data: bytes | bytearray | memoryview, start: int) -> int | None:
    """Return where the next sound header begins, at `start` or later; None if there is none.

    A length below 2³² has four zero bytes in its upper half, so only such positions are tried.
    """
    text = bytes(data)
    zeros = text.find(b"\0\0\0\0", start + 4)
    while 0 <= zeros <= len(text) - 8:
        if frame_length(text[zeros - 4 : zeros + 8]) is not None:
            return zeros - 4
        zeros = text.find(b"\0\0\0\0", _next_place(text, zeros))
    return None


def _next_place(text: bytes, zeros: int) -> int:
    """Return where to look for the next four zeros. A hole in a file is a long run of zeros, without a header."""
    if any(text[zeros + 4 : zeros + 8]):
        return zeros + 1
    content = _NOT_ZERO.search(text, zeros)
    return max(zeros + 1, (content.start() if content else len(text)) - 7)


class Frame(NamedTuple):
    """A sound frame.

    Attributes:
        record: number among the frames of the file, from 0; a frame with damaged data counts too.
        offset: byte of the file where the frame begins.
        data: content of the frame.
    """

    record: int
    offset: int
    data: bytes


def read_frames(path: str | os.PathLike[str], salvage: list[Damage] | None = None) -> Iterator[Frame]:
    """Yield the sound frames of a file.

    Args:
        path: a TFRecord file; it is held in memory.
        salvage: a list that collects damaged frames, or None to raise an error at the first.

    Raises:
        DamagedFileError: a frame is damaged, and `salvage` is None.
    """
    content = Path(path).read_bytes()
    position = number = 0
    while position < len(content):
        length = frame_length(content[position : position + HEADER_SIZE].ljust(HEADER_SIZE, b"\xff"))
        cause = _cause(content, position, length)
        begin = position + HEADER_SIZE
        end = begin + (length or 0)
        if cause is None:
            yield Frame(number, position, content[begin:end])
            following: int | None = end + FOOTER_SIZE
        else:
            damage = Damage(number, position, cause)
            if salvage is None:
                raise DamagedFileError(path, damage)
            salvage.append(damage)
            following = find_header(content, position + 1)
            if cause == BAD_DATA:
                # Where bytes were lost, the next record begins within the length of this one.
                following = min(end + FOOTER_SIZE, following or len(content))
        number += cause in (None, BAD_DATA)
        position = len(content) if following is None else following


def _cause(content: bytes, position: int, length: int | None) -> str | None:
    """Return why the frame at `position` cannot be read; None if it is sound."""
    if length is None:
        return BAD_LENGTH if len(content) - position >= HEADER_SIZE else CUT_SHORT
    if length > LARGEST_RECORD_BYTES:
        return TOO_LONG
    begin = position + HEADER_SIZE
    end = begin + length
    if end + FOOTER_SIZE > len(content):
        return CUT_SHORT
    return None if _CRC.unpack_from(content, end)[0] == masked_crc(content[begin:end]) else BAD_DATA


def read_records(path: str | os.PathLike[str], salvage: list[Damage] | None = None) -> Iterator[Record]:
    """Yield the records of a file in the original's format.

    Args:
        path: the file; it is held in memory.
        salvage: a list that collects damaged records, or None to raise an error at the first.

    Raises:
        DamagedFileError: a record is damaged or not a record of a table, and `salvage` is None.
    """
    for number, offset, data in read_frames(path, salvage):
        try:
            yield record_format.decode(data)
        except RecordError as error:  # noqa: PERF203
            damage = Damage(number, offset, str(error))
            if salvage is None:
                raise DamagedFileError(path, damage) from None
            salvage.append(damage)


def write_record(stream: IO[bytes], record: Record) -> None:
    """Append one record in the original's format to a binary stream."""
    stream.write(frame(record_format.encode(record)))
