"""Atomic writing of files: after an interruption a file has either its old or its new content."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import secrets
import stat
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from nasbench_pytorch.errors import InputError

_ABANDONED_AFTER_S = 3600.0
"""A temporary file that nobody has written for so long belongs to a killed process."""


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power loss, on platforms that can open folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield the name of a temporary file that replaces `path` when the block ends without an error.

    The temporary file is hidden and lies beside `path`, on the same file system. At the end it is synced and renamed
    to `path`. On an error, including a full disk, it is removed and `path` keeps its old content. Temporary files that
    killed writers of `path` left an hour ago or earlier are removed first.

    Args:
        path: the file to write; its folder must exist.

    Raises:
        OSError: the folder is missing or read-only, or the disk is full.
    """
    target = Path(path)
    remove_partials(target, idle_s=_ABANDONED_AFTER_S)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        yield partial
        descriptor = os.open(partial, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        partial.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        if isinstance(error, OSError) and error.filename in (None, str(partial)):
            error.filename = str(target)  # the message names the file that the user knows
        raise
    _sync_folder(target.parent)


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str], mode: str = "wb") -> Iterator[IO[Any]]:
    """Open a temporary file that replaces `path` when the block ends without an error; see `atomic_path`.

    Args:
        path: the file to write; its folder must exist.
        mode: `"wb"`, or `"w"` for UTF-8 text.

    Raises:
        OSError: the folder is missing or read-only, or the disk is full.
    """
    encoding = None if "b" in mode else "utf-8"
    with atomic_path(path) as partial, partial.open(mode.replace("w", "x"), encoding=encoding) as stream:
        yield stream


def read_limited(path: str | os.PathLike[str], largest_bytes: int, kind: str) -> bytes:
    """Return the content of a file that must not be larger than `largest_bytes`.

    A file with holes, or a device, may claim any size.

    Args:
        path: the file.
        largest_bytes: the largest size.
        kind: what such a file holds, for the message.

    Raises:
        InputError: the file is larger.
        OSError: it cannot be read.
    """
    with Path(path).open("rb") as stream:
        status = os.fstat(stream.fileno())
        too_large, content = status.st_size > largest_bytes, b""
        if not too_large and stat.S_ISREG(status.st_mode):
            content = stream.read()
        elif not too_large:  # a device has no size; `read` would reserve the whole limit at once
            while len(content) <= largest_bytes and (block := stream.read(1 << 16)):
                content += block
    if too_large or len(content) > largest_bytes:
        raise InputError(f"{path} has more than {largest_bytes:,} bytes, too much for {kind}; name another file")
    return content


def name_for_arrow(path: str | os.PathLike[str]) -> str | bytes:
    """Return a file's name as pyarrow takes it: it encodes texts as UTF-8, which a name on Linux need not be."""
    return os.fsencode(path) if os.name == "posix" else os.fspath(path)


def can_be_written(folder: Path) -> bool:
    """Return whether a folder can be written, or made where it does not exist; nothing is made."""
    try:
        existing = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
        return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    except (OSError, StopIteration):
        return False


def remove_partials(path: str | os.PathLike[str], idle_s: float = 0.0) -> None:
    """Remove the temporary files that killed writers of `path` left; errors are ignored.

    Args:
        path: the file that they were to replace.
        idle_s: remove only files that nobody has written for so many seconds; with 0, no process may be writing `path`.
    """
    target = Path(path)
    latest_s = time.time() - idle_s
    for partial in target.parent.glob(f".{glob.escape(target.name)}.*.partial"):
        with contextlib.suppress(OSError):
            if not idle_s or partial.stat().st_mtime < latest_s:
                partial.unlink()


def known_suffix(path: str | os.PathLike[str], known: Collection[str], verb: str = "write") -> str:
    """Return the path's suffix in lower case; it decides the format of a file.

    Args:
        path: the file to write.
        known: the allowed suffixes.
        verb: action that the error message names.

    Raises:
        InputError: the suffix is not in `known`.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        raise InputError(f"cannot {verb} '{path}': the name must end with one of {', '.join(known)}")
    return suffix


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write `value` as indented JSON, atomically; keys keep their order."""
    with atomic_write(path, "w") as stream:
        json.dump(value, stream, indent=2)
        stream.write("\n")
