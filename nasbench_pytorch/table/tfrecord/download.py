"""Download the published files; a broken transfer resumes, and the digest is checked at the end."""

from __future__ import annotations

import errno
import http.client
import os
import ssl
import time
import urllib.error
import urllib.parse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.checksum import file_sha256
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.network_errors import connection_reason
from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.table.tfrecord.published import PUBLISHED as PUBLISHED
from nasbench_pytorch.table.tfrecord.published import PublishedFile as PublishedFile  # noqa: TC001 - public here
from nasbench_pytorch.table.tfrecord.transfer import PartialFile, TooLargeError, transfer

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress

_DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT)


class UnavailableError(InputError):
    """No address gives the file; the message names each with its reason."""


def with_url(file: PublishedFile, url: str) -> PublishedFile:
    """Return the same file from another address.

    Raises:
        InputError: the address is not of http or https.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise InputError(f"--url {url}: give an address such as https://HOST/FILE; for a file, use --from-file PATH")
    return replace(file, url=url, mirrors=(), saved_as=file.name)


def download(
    file: PublishedFile,
    folder: str | os.PathLike[str],
    *,
    attempts: int = 5,
    pause_s: float = 2.0,
    timeout_s: float = 60.0,
    progress: Progress | None = None,
) -> Path:
    """Download a file into a folder and check its digest; where one address fails, the next one is tried.

    The bytes received so far are kept in `NAME.partial`, even if the program is stopped; the next call resumes there,
    from any address. The file gets its final name after its digest is checked.

    Args:
        file: the file, such as `PUBLISHED["full"]`.
        folder: destination; created if it does not exist.
        attempts: how many transfers in a row from one address may fail without receiving a byte.
        pause_s: pause before another attempt.
        timeout_s: longest silence of the server.
        progress: called with the bytes received and the bytes in all.

    Returns:
        Path of the file.

    Raises:
        UnavailableError: every server refuses, cannot be reached, sends too much or another file.
        InputError: there is another file of this name, the disk has too little space, or `NAME.partial` is a link or no
            plain file.
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
    partial = PartialFile(target)
    partial.refuse_planted()
    reasons = []
    for url in file.urls:
        try:
            _receive(url, file, partial, attempts, pause_s, timeout_s, progress)
        except (UnavailableError, TooLargeError) as error:
            reasons.append(str(error))
            continue
        partial.path.replace(target)
        partial.remove_note()
        return target
    kept = partial.size_bytes
    if kept:
        reasons.append(f"{kept:,} bytes are kept in {partial.path}, and the same command resumes there")
    raise UnavailableError("; ".join(reasons))


def _receive(
    url: str,
    file: PublishedFile,
    partial: PartialFile,
    attempts: int,
    pause_s: float,
    timeout_s: float,
    progress: Progress | None,
) -> None:
    """Receive a file from one address and check its digest.

    Raises:
        UnavailableError: the server refuses, cannot be reached, or sends another file, which is removed.
        TooLargeError: it sends too much.
    """
    failures = 0
    while True:
        before = partial.size_bytes
        try:
            if transfer(url, partial, file.largest_bytes, timeout_s, progress):
                break
            reason = "the connection ended early"
        except urllib.error.HTTPError as error:
            reason = f"the server answers {error.code} {escape_controls(str(error.reason))}"
            if error.code < 500:
                raise UnavailableError(f"{url}: {reason}") from None
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
            reason = connection_reason(error, url) or escape_controls(
                str(getattr(error, "reason", error)) or type(error).__name__
            )
        except OSError as error:
            if error.errno in _DISK_IS_FULL:
                kept = (
                    f"{error.strerror}; {partial.size_bytes:,} bytes are kept: free some space and repeat the command"
                )
                raise OSError(error.errno, kept, str(partial.path)) from None
            raise
        failures = 0 if partial.size_bytes > before else failures + 1
        if failures >= attempts:
            raise UnavailableError(f"{url}: {reason}, {attempts} times in a row")
        time.sleep(pause_s)
    if (found := file_sha256(partial.path)) != file.sha256:
        partial.remove()
        raise UnavailableError(
            f"{url}: the download has SHA-256 {found} and not {file.sha256}; it was deleted, try again"
        )
