"""Download the published CIFAR-10 archive: its checksum is verified, and a partial file is never left behind."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from nasbench_pytorch.datasets.download_progress import download_progress
from nasbench_pytorch.datasets.readers.archives import ARCHIVE_MD5, PYTHON_ARCHIVE
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.network_errors import connection_reason
from nasbench_pytorch.printable import escape_controls

CIFAR10_URL = f"https://www.cs.toronto.edu/~kriz/{PYTHON_ARCHIVE}"

_CHUNK_BYTES = 1 << 18
_MOST_BYTES = 200_000_000
"""The published archive has 170,498,071 bytes."""
_TIMEOUT_S = 30


class DownloadError(InputError):
    """The archive could not be downloaded; the message gives the reason in a few words."""


def download_archive(
    folder: Path, progress: bool = True, url: str = CIFAR10_URL, md5: str = ARCHIVE_MD5[PYTHON_ARCHIVE]
) -> Path:
    """Download `url` into `folder`, which is created if missing.

    A failed download leaves nothing behind: no partial file and no new folder. Proxy settings of the environment are
    used.

    Args:
        folder: folder of the archive, which keeps its published name.
        progress: show a bar on stderr if that is a terminal, otherwise one line.
        url: address of the archive.
        md5: published checksum.

    Raises:
        DownloadError: no connection, an error from the server, too many bytes, or a wrong checksum.
        OSError: the folder cannot be created or written, or the disk is full.
    """
    import pooch
    import requests

    target = folder / url.rpartition("/")[2]
    with _new_folder(folder), download_progress(url, target, progress) as reporter, atomic_write(target) as file:
        stream = _CheckedStream(file)
        try:
            # pooch.retrieve would make the archive readable only by its owner, and needs tqdm to show progress.
            fetch = pooch.HTTPDownloader(progressbar=reporter or False, chunk_size=_CHUNK_BYTES, timeout=_TIMEOUT_S)
            fetch(url, stream, None)
        except requests.RequestException as error:
            raise DownloadError(_reason(error, url)) from error
        except DownloadError:
            raise
        except ValueError as error:  # of pooch, for a header such as "Content-Length: abc", or a bad proxy
            raise DownloadError(f"the answer or the proxy's address cannot be read ({error})") from error
        if stream.md5.hexdigest() != md5:
            raise DownloadError(f"the downloaded file has MD5 {stream.md5.hexdigest()}, published {md5}")
    return target


def _reason(error: Exception, url: str) -> str:
    """Describe an exception of requests in a few words; the texts of requests are nested representations."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {escape_controls(str(error.response.reason))}"
    if isinstance(error, requests.exceptions.InvalidProxyURL):
        return connection_reason(error, url) or "the proxy's address cannot be read"
    if isinstance(error, requests.Timeout):
        return f"no answer within {_TIMEOUT_S} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke during the download"
    if isinstance(error, requests.ConnectionError):
        return connection_reason(error, url) or "no connection"
    return str(error)


class _CheckedStream:
    """Output file of limited size that computes its MD5 while it is written, so that it need not be read again."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._written = file, 0
        self.md5 = hashlib.md5(usedforsecurity=False)

    def write(self, chunk: bytes) -> int:
        self._written += len(chunk)  # after any decompression that the server asked for
        if self._written > _MOST_BYTES:
            raise DownloadError(f"the server sent more than {_MOST_BYTES:,} bytes, which the archive does not have")
        self.md5.update(chunk)
        return self._file.write(chunk)

    def flush(self) -> None:
        self._file.flush()


@contextlib.contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Create `folder` and its parents; on an error, remove the new ones."""
    new = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for created in new:
            with contextlib.suppress(OSError):
                created.rmdir()
        raise
