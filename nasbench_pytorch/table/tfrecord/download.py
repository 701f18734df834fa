"""Download the published files; a broken transfer resumes, and the digest is checked at the end."""

from __future__ import annotations

import http.client
import os
import ssl
import stat
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nasbench_pytorch.checksum import file_sha256
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.network_errors import connection_reason
from nasbench_pytorch.printable import escape_controls

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress

_BLOCK_BYTES = 1 << 20
_USER_AGENT = "nasbench-pytorch"


@dataclass(frozen=True)
class PublishedFile:
    """A file of the published table.

    Attributes:
        url: address of the file.
        sha256: digest, 64 hex digits.
        largest_bytes: more is not accepted from a server.
    """

    url: str
    sha256: str
    largest_bytes: int = 4_000_000_000

    @property
    def name(self) -> str:
        """File name, without folders."""
        return self.url.rsplit("/", 1)[-1]


PUBLISHED: dict[str, PublishedFile] = {
    "full": PublishedFile(
        "https://storage.googleapis.com/nasbench/nasbench_full.tfrecord",
        "3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c",
    ),
    "only108": PublishedFile(
        "https://storage.googleapis.com/nasbench/nasbench_only108.tfrecord",
        "4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1",
        1_000_000_000,
    ),
}
"""The whole table (all four budgets, 2 GB) and its part at 108 epochs (0.5 GB)."""


def download(
    file: PublishedFile,
    folder: str | os.PathLike[str],
    *,
    attempts: int = 5,
    pause_s: float = 2.0,
    timeout_s: float = 60.0,
    progress: Progress | None = None,
) -> Path:
    """Download a file into a folder and check its digest.

    The bytes received so far are kept in `NAME.partial`, even if the program is stopped; the next call resumes there.
    The file gets its final name after its digest is checked.

    Args:
        file: the file, such as `PUBLISHED["full"]`.
        folder: destination; created if it does not exist.
        attempts: how many transfers in a row may fail without receiving a byte.
        pause_s: pause before another attempt.
        timeout_s: longest silence of the server.
        progress: called with the bytes received and the bytes in all.

    Returns:
        Path of the file.

    Raises:
        InputError: the server refuses or cannot be reached, sends too much, the digest is wrong, or `NAME.partial` is
            a link or no plain file.
        OSError: the folder cannot be written, or the disk is full; the received bytes are kept.
    """
    target = Path(folder) / file.name
    if target.exists():
        if (found := file_sha256(target)) == file.sha256:
            return target
        raise InputError(
            f"{target}: the file exists, but has SHA-256 {found} and not {file.sha256}; delete it and try again"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    _refuse_planted(partial)
    failures = 0
    while True:
        before = _size(partial)
        try:
            if _transfer(file, partial, timeout_s, progress):
                break
            reason = "the connection ended early"
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise InputError(
                    f"{file.url}: the server answers {error.code} {escape_controls(str(error.reason))}"
                ) from None
            reason = f"the server answers {error.code} {escape_controls(str(error.reason))}"
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
            reason = connection_reason(error, file.url) or escape_controls(
                str(getattr(error, "reason", error)) or type(error).__name__
            )
        failures = 0 if _size(partial) > before else failures + 1
        if failures >= attempts:
            kept = f"{_size(partial):,} bytes are kept in {partial}, and the same command resumes there"
            raise InputError(
                f"{file.url}: {reason}, {attempts} times in a row; {kept if _size(partial) else 'try again later'}"
            )
        time.sleep(pause_s)
    if (found := file_sha256(partial)) != file.sha256:
        partial.unlink()
        raise InputError(
            f"{file.url}: the download has SHA-256 {found} and not {file.sha256}; it was deleted, try again"
        )
    partial.replace(target)
    return target


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _refuse_planted(partial: Path) -> None:
    """Raise an error if another user of the folder could direct the download to another file."""
    try:
        status = partial.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise InputError(f"{partial}: a link or no plain file, and a download is not written through it; delete it")


def _open_partial(partial: Path, continues: bool) -> IO[bytes]:
    """Open the file of the received bytes; a link in its place is not followed."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if continues else os.O_TRUNC)
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(partial, flags, 0o666), "ab" if continues else "wb")


def _transfer(file: PublishedFile, partial: Path, timeout_s: float, progress: Progress | None) -> bool:
    """Request the missing part; return whether the file is complete."""
    have = _size(partial)
    request = urllib.request.Request(file.url, headers={"User-Agent": _USER_AGENT})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        total = (error.headers.get("Content-Range") or "").rpartition("/")[2]
        if total == str(have):
            return True
        partial.unlink()  # longer than the file, so not a part of it
        return False
    with response:
        continues = response.status == http.client.PARTIAL_CONTENT and _range_start(response) == have
        if response.status == http.client.PARTIAL_CONTENT and not continues:
            raise http.client.HTTPException("the server sent another part than the requested one")
        length = response.headers.get("Content-Length") or ""
        known = length.isascii() and length.isdecimal() and len(length) < 16
        total_bytes = int(length) + (have if continues else 0) if known else None
        if total_bytes is not None and total_bytes > file.largest_bytes:
            raise _too_large(file)
        _refuse_planted(partial)
        with _open_partial(partial, continues) as out:
            if (complete := _copy(response, out, total_bytes, file.largest_bytes, progress)) is not None:
                return complete
    partial.unlink()
    raise _too_large(file)


def _too_large(file: PublishedFile) -> InputError:
    return InputError(
        f"{file.url}: the server sends more than {file.largest_bytes:,} bytes, so this is not the published file; "
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
