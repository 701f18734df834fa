"""Remember which table files were checked, so that each is read whole only once.

A file is known by its size, times, inode and device, as git knows the files of a working tree. What this process has
checked is kept in memory; large files are also noted in the user's cache folder for the next process.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from pathlib import Path

from nasbench_pytorch.files import write_json
from nasbench_pytorch.folders import cache_folder

SMALLEST_NOTED_BYTES = 1 << 20
"""A smaller file is checked in a millisecond, so that a note would gain nothing."""

_CLOCK_TICK_NS = 100_000_000
"""A file that changed within this time may change again without another time of its last change."""

Identity = tuple[int, ...]
_checked: dict[str, Identity] = {}


def identity_of(path: Path) -> Identity:
    """Return the numbers that a changed or replaced file does not keep.

    Raises:
        OSError: the file cannot be read.
    """
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_dev


def is_checked(path: Path, identity: Identity) -> bool:
    """Return whether a file was checked in its present state."""
    key = os.fspath(path)
    if _checked.get(key) == identity:
        return True
    if identity[0] < SMALLEST_NOTED_BYTES:
        return False
    try:
        noted = json.loads(_note_path(path).read_text(encoding="utf-8"))
    except (OSError, RuntimeError, ValueError):
        return False
    if noted != {"file": key, "identity": list(identity)}:
        return False
    _checked[key] = identity
    return True


def remember(path: Path, identity: Identity, began_ns: int) -> None:
    """Remember that a file is sound. If the note cannot be written, the next process checks the file again.

    Args:
        path: the file, absolute.
        identity: of the file before the check.
        began_ns: when the check began, in ns since the epoch.
    """
    if began_ns - max(identity[1], identity[2]) < _CLOCK_TICK_NS:
        return
    _checked[os.fspath(path)] = identity
    if identity[0] < SMALLEST_NOTED_BYTES:
        return
    with contextlib.suppress(OSError, RuntimeError):
        note = _note_path(path)
        note.parent.mkdir(parents=True, exist_ok=True)
        write_json(note, {"file": os.fspath(path), "identity": list(identity)})


def now_ns() -> int:
    """Return the time in ns since the epoch, as files have it."""
    return time.time_ns()


def _note_path(path: Path) -> Path:
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return cache_folder() / "checked" / f"{key}.json"
