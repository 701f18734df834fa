"""A folder for the temporary files of an export."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX, _LOCK = ".export-", "lock"
_UNLOCKED_FOR_S = 3600.0
"""A folder without a lock file was just made, or belongs to a process that was killed before it made the file."""


@contextlib.contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Make a folder in `parent` for the block; remove those that killed processes left there first.

    Raises:
        OSError: `parent` cannot be written.
    """
    for left in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            _remove_if_left(left)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent) as name, FileLock(Path(name) / _LOCK):
        yield Path(name)


def _remove_if_left(folder: Path) -> None:
    """Remove a folder unless a process is using it, or somebody else's files are in it."""
    names = {path.name for path in folder.iterdir()}
    if folder.is_symlink() or any(name != _LOCK and "table.arrow" not in name for name in names):
        return
    if _LOCK not in names:
        if folder.stat().st_mtime < time.time() - _UNLOCKED_FOR_S:
            shutil.rmtree(folder, ignore_errors=True)
        return
    with contextlib.suppress(Timeout), FileLock(folder / _LOCK, timeout=0):
        shutil.rmtree(folder, ignore_errors=True)
