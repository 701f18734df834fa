"""One request for a file or the rest of it, written to a partial file that a later request continues."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import stat
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import write_json
from nasbench_pytorch.printable import size_text

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress

_BLOCK_BYTES = 1 << 20
_USER_AGENT = "nasbench-pytorch"


class TooLargeError(InputError):
    """The server sends more bytes than the file can have."""


class PartialFile:
    """The bytes of a file that were received so far.

    A note beside it holds the version that the server named, so that bytes of two versions are not joined.

    Attributes:
        path: the bytes, `NAME.partial`.

    Args:
        target: the complete file.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.partial")
        self._note = target.with_name(f".{target.name}.partial.json")

    @property
    def size_bytes(self) -> int:
        """Number of bytes received; 0 if there is no file."""
        return self.path.stat().st_size if self.path.exists() else 0

    def version(self, url: str) -> str | None:
        """Return the version of the bytes, if they came from this address and the server named one."""
        try:
            noted = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        known = isinstance(noted, dict) and noted.get("url") == url and isinstance(noted.get("version"), str)
        return noted["version"] if known and noted["version"].isprintable() else None

    def set_version(self, url: str, response: http.client.HTTPResponse) -> None:
        """Note the version that a server names in its answer."""
        etag = response.headers.get("ETag") or ""
        version = etag if etag.startswith('"') else response.headers.get("Last-Modified")
        if version:
            write_json(self._note, {"url": url, "version": version})
        else:
            self._note.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the bytes and the note."""
        self.path.unlink(missing_ok=True)
        self.remove_note()

    def remove_note(self) -> None:
        """Remove the note."""
        with contextlib.suppress(OSError):
            self._note.unlink()

    def refuse_planted(self) -> None:
        """Raise an error if another user of the folder could direct the download to another file."""
        try:
            status = self.path.lstat()
        except FileNotFoundError:
            return
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            raise InputError(
                f"{self.path}: a link or no plain file, and a download is not written through it; delete it"
            )


def transfer(
    url: str, partial: PartialFile, largest_bytes: int, timeout_s: float, progress: Progress | None = None
) -> bool:
    """Request the missing part of a file; return whether the file is complete.

    Args:
        url: address of the file.
        partial: the bytes so far.
        largest_bytes: more is not accepted.
        timeout_s: longest silence of the server.
        progress: called with the bytes received and the bytes in all.

    Raises:
        TooLargeError: the server sends more; what was received is removed.
        InputError: the disk has not enough space, or the partial file is a link or no plain file.
        OSError: the connection fails, the folder cannot be written, or the disk is full.
        http.client.HTTPException: the server breaks the protocol.
    """
    have = partial.size_bytes
    request = urllib.request.Request(url, headers={"User-Agent": _USER_AGENT})
    if have:
        request.add_header("Range", f"bytes={have}-")
        if version := partial.version(url):
            request.add_header("If-Range", version)
    try:
        response = urllib.request.urlopen(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        total = (error.headers.get("Content-Range") or "").rpartition("/")[2]
        if total == str(have):
            return True
        partial.remove()  # longer than the file, so not a part of it
        return False
    with response:
        continues = response.status == http.client.PARTIAL_CONTENT and _range_start(response) == have
        if response.status == http.client.PARTIAL_CONTENT and not continues:
            raise http.client.HTTPException("the server sent another part than the requested one")
        total_bytes = _total_bytes(response, have if continues else 0)
        if total_bytes is not None and total_bytes > largest_bytes:
            raise _too_large(url, largest_bytes)
        partial.refuse_planted()
        _check_space(partial, total_bytes)
        if not continues:
            partial.set_version(url, response)
        with open_partial(partial.path, continues) as out:
            complete = _copy(response, out, total_bytes, largest_bytes, progress)
        if complete is not None:
            return complete
    partial.remove()
    raise _too_large(url, largest_bytes)


def open_partial(partial: Path, continues: bool) -> IO[bytes]:
    """Open the file of the received bytes; a link in its place is not followed."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if continues else os.O_TRUNC)
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(partial, flags, 0o666), "ab" if continues else "wb")


def _total_bytes(response: http.client.HTTPResponse, have: int) -> int | None:
    """Return the size of the whole file, if the server says it."""
    length = response.headers.get("Content-Length") or ""
    return int(length) + have if length.isascii() and length.isdecimal() and len(length) < 16 else None


def _check_space(partial: PartialFile, total_bytes: int | None) -> None:
    folder = partial.path.parent
    missing = (total_bytes or 0) - partial.size_bytes
    free = shutil.disk_usage(folder).free
    if missing > free:
        raise InputError(
            f"{folder}: the file needs {size_text(missing)} more, and {size_text(free)} are free; free some space, or "
            "choose another folder"
        )


def _too_large(url: str, largest_bytes: int) -> TooLargeError:
    return TooLargeError(
        f"{url}: the server sends more than {largest_bytes:,} bytes, so this is not the published file; "
        "check proxies and try again"
    )


def _range_start(response: http.client.HTTPResponse) -> int | None:
    """Return the first byte of a partial response, from `Content-Range: bytes START-END/TOTAL`."""
    start = (response.headers.get("Content-Range") or "").removeprefix("bytes ").partition("-")[0]
    return int(start) if start.isascii() and start.isdecimal() and len(start) < 16 else None


def _copy(
    response: http.client.HTTPResponse, out: IO[Any], total: int | None, largest: int, progress: Progress | None
) -> bool | None:
    """Copy a response; return whether the file is complete, or None if the server sends more than `largest` bytes."""
    received = out.tell()
    while block := response.read(_BLOCK_BYTES):
        received += len(block)
        if received > largest:
            return None
        out.write(block)
        if progress is not None:
            progress(received, total or received)
    return total is None or received == total
