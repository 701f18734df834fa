"""The digest that an Arrow file carries of itself: tables, runs of searches, scores.

The digest is the SHA-256 of the whole file in which the 64 digits of the digest read as zeros. It is text in the
metadata of the schema, which an Arrow file holds twice: at its beginning and in its footer. So every byte of the file
is covered, and damage is found before a byte of the file is used.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from pathlib import Path
from typing import IO, Any

from nasbench_pytorch.errors import InputError

DIGEST_KEY = b"nasbench_digest"
_MARK = b"nasbench-table-sha256:"
_DIGITS = 64
_ZEROS = b"0" * _DIGITS
NO_DIGEST = _MARK + _ZEROS
"""Value under `DIGEST_KEY` while a file is written."""

_PIECE_BYTES = 1 << 20


class DigestingStream:
    """A stream that digests what is written to it, and fills in the digest at the end.

    Args:
        stream: a binary file, open for writing at its beginning.
    """

    closed = False

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._places: list[int] = []
        self._position = 0

    def write(self, data: Any) -> int:
        """Write some bytes. An occurrence of `NO_DIGEST` lies within one call, since Arrow writes a header at once."""
        text = bytes(data)
        if (place := text.find(NO_DIGEST)) >= 0:
            self._places.append(self._position + place + len(_MARK))
        self._digest.update(text)
        self._stream.write(text)
        self._position += len(text)
        return len(text)

    def tell(self) -> int:
        """Return the number of bytes written."""
        return self._position

    def flush(self) -> None:
        """Flush the stream below."""
        self._stream.flush()

    def fill_in(self) -> None:
        """Write the digest to its two places."""
        assert len(self._places) == 2, "an Arrow file holds its schema at its beginning and in its footer"
        digits = self._digest.hexdigest().encode()
        for place in self._places:
            self._stream.seek(place)
            self._stream.write(digits)


def check_digest(path: str | os.PathLike[str], remedy: str) -> bool:
    """Compare a file with the digest in it.

    Args:
        path: the file; it must not be empty.
        remedy: what to do about a damaged file, for the message.

    Returns:
        False if the file has no digest, as those of earlier versions.

    Raises:
        InputError: the file differs from what was written.
        OSError: the file cannot be read.
    """
    with Path(path).open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        first, last = content.find(_MARK), content.rfind(_MARK)
        if first < 0:
            return False
        places = [first + len(_MARK), last + len(_MARK)]
        known, other = (content[place : place + _DIGITS] for place in places)
        found = _digest_without(content, places) if known == other and first != last else ""
    if known != found.encode():
        raise InputError(
            f"{path}: the file is damaged: its bytes differ from the SHA-256 in its metadata ({DIGEST_KEY.decode()}); "
            f"{remedy}"
        )
    return True


def _digest_without(content: mmap.mmap, places: list[int]) -> str:
    """Return the SHA-256 of a file with zeros for the digits at both places."""
    digest = hashlib.sha256()
    position = 0
    for place in [*places, len(content)]:
        for start in range(position, place, _PIECE_BYTES):
            digest.update(content[start : min(start + _PIECE_BYTES, place)])
        if place < len(content):
            digest.update(_ZEROS)
        position = place + _DIGITS
    return digest.hexdigest()
