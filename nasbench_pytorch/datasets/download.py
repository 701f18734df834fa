"""Fetch the published CIFAR-10 archive: checked on the way, and there only when it is whole."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from nasbench_pytorch.datasets.readers.archives import ARCHIVE_MD5, PYTHON_ARCHIVE
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write

if TYPE_CHECKING:
    from rich.progress import Progress

CIFAR10_URL = f"https://www.cs.toronto.edu/~kriz/{PYTHON_ARCHIVE}"

_CHUNK_BYTES = 1 << 18
_TIMEOUT_S = 30


class DownloadError(InputError):
    """The archive could not be fetched; the message gives the reason in a few words."""


def download_archive(
    folder: Path, progress: bool = True, url: str = CIFAR10_URL, md5: str = ARCHIVE_MD5[PYTHON_ARCHIVE]
) -> Path:
    """Download `url` into `folder`, which is made if it is missing.

    Nothing is left behind by a failure, neither a part of the file nor a folder made for it. The proxy settings of
    the environment are honoured.

    Args:
        folder: where the archive goes, under its own name.
        progress: show a bar on a terminal, one line elsewhere, on stderr.
        url: what to fetch.
        md5: what it must hash to.

    Raises:
        DownloadError: no connection, an answer that is not the file, or a wrong checksum.
        OSError: the folder cannot be made or written, or the disk is full.
    """
    import pooch
    import requests

    target = folder / url.rpartition("/")[2]
    with _made(folder), _reporter(url, target, progress) as reporter, atomic_write(target) as file:
        stream = _HashedStream(file)
        try:
            # pooch.retrieve would leave the archive readable by its owner alone, and needs tqdm to be told of progress.
            fetch = pooch.HTTPDownloader(progressbar=reporter or False, chunk_size=_CHUNK_BYTES, timeout=_TIMEOUT_S)
            fetch(url, stream, None)
        except requests.RequestException as error:
            raise DownloadError(_reason(error)) from error
        if stream.md5.hexdigest() != md5:
            raise DownloadError(f"what arrived has MD5 {stream.md5.hexdigest()}, published {md5}")
    return target


def _reason(error: Exception) -> str:
    """A few words for an exception of requests, whose own texts are nested representations."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {_TIMEOUT_S} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke on the way"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error)


class _HashedStream:
    """A file being written that knows the MD5 of what went through it, so that it need not be read again."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.md5 = hashlib.md5(usedforsecurity=False)

    def write(self, chunk: bytes) -> int:
        self.md5.update(chunk)
        return self._file.write(chunk)

    def flush(self) -> None:
        self._file.flush()


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make `folder` and its parents; on an error, remove again those that were made."""
    new = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for made in new:
            with contextlib.suppress(OSError):
                made.rmdir()
        raise


@contextlib.contextmanager
def _reporter(url: str, target: Path, shown: bool) -> Iterator[_Line | _Bar | None]:
    """What pooch reports to: a bar on a terminal, else a line; None where nothing is to be shown."""
    if not shown:
        yield None
    elif not sys.stderr.isatty():
        yield _Line(f"downloading {url} to {target}")
    else:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        display = Progress(TextColumn("downloading CIFAR-10"), *columns, console=Console(stderr=True))
        try:
            yield _Bar(display)
        finally:
            display.stop()


class _Line:
    """What pooch asks of a progress bar, as one line. It is told the total once the server has answered, so a machine
    without network reads of no download."""

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def total(self) -> int:
        return 0

    @total.setter
    def total(self, size_bytes: int) -> None:
        print(f"{self._text} ({size_bytes / 1e6:.0f} MB)", file=sys.stderr)

    def update(self, size_bytes: int) -> None:
        """A line does not move."""

    def reset(self) -> None:
        """A line does not move."""

    def close(self) -> None:
        """A line does not move."""


class _Bar:
    """What pooch asks of a progress bar, over rich's; drawn once the server has answered."""

    def __init__(self, display: Progress) -> None:
        self._display = display
        self._task = display.add_task("download", total=None)

    @property
    def total(self) -> int:
        return int(self._display.tasks[self._task].total or 0)

    @total.setter
    def total(self, size_bytes: int) -> None:
        self._display.update(self._task, total=size_bytes or None)
        self._display.start()

    def update(self, size_bytes: int) -> None:
        self._display.advance(self._task, size_bytes)

    def reset(self) -> None:
        self._display.update(self._task, completed=0)

    def close(self) -> None:
        self._display.refresh()
