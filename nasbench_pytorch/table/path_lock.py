"""A lock on the path of a table, so that two processes do not make it at once."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import filelock

from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.process_lock import release_lock


@contextlib.contextmanager
def lock_path(table: Path, waiting: str) -> Iterator[None]:
    """Lock the path of a table; print a message before waiting. The system releases the lock when its owner dies.

    The lock's file is deleted at the end. If this lets two processes work at once, both write the same table,
    atomically.

    Args:
        table: the path; its folder must exist.
        waiting: message for stderr where another process has the lock.
    """
    lock = filelock.FileLock(table.with_name(f".{table.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        print_lines(waiting, file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        release_lock(lock)
