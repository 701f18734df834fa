"""Locks that keep a folder or file for one process, released by the system when that process dies."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from nasbench_pytorch.errors import InputError


def take_lock(file: Path, refusal: str) -> FileLock:
    """Take a lock without waiting.

    Args:
        file: the lock's file; its folder must exist.
        refusal: message where another process has the lock.

    Raises:
        InputError: another process has the lock.
        OSError: the file cannot be written.
    """
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
        if not file.exists():  # removed by its last owner just before
            lock.release()
            lock.acquire(timeout=0)
    except Timeout:
        raise InputError(refusal) from None
    return lock


@contextlib.contextmanager
def held_lock(file: Path, refusal: str) -> Iterator[None]:
    """Hold a lock within a block; see `take_lock`."""
    lock = take_lock(file, refusal)
    try:
        yield
    finally:
        release_lock(lock)


def release_lock(lock: FileLock) -> None:
    """Remove the file of a lock, and release the lock."""
    # First the file, then the lock: a process that locks a removed file notices that it is gone.
    with contextlib.suppress(OSError):
        Path(lock.lock_file).unlink()
    lock.release()
