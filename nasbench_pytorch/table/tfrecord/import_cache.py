"""A `.tfrecord` is imported once: where its table is kept, how it is recognised, and who does the work.

The table lies beside its source as `NAME.arrow`, or in the user's cache folder where that place cannot be written. It
is used again while the source has the size and the SHA-256 that were imported. The digest of two gigabytes takes a
second, so what the file system said of the source when it was last digested (size, times, inode) is noted beside the
table, as git does, and spares the digest while it has not changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import filelock

from nasbench_pytorch.checksum import file_sha256
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import write_json
from nasbench_pytorch.folders import cache_folder
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.progress import progress_bar
from nasbench_pytorch.table.storage.table_file import TableFile
from nasbench_pytorch.table.tfrecord.importer import import_tfrecord

ARROW_MAGIC = b"ARROW1"


def table_for(path: Path) -> Path:
    """The table file for what a user named: itself, or the import of a file of the original's format.

    Raises:
        InputError: the file is neither, is damaged, or there is no place for its import.
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        magic = stream.read(len(ARROW_MAGIC))
    if magic == ARROW_MAGIC:
        return path
    if not magic:
        raise InputError(
            f"{path}: the file is empty; a table is a .arrow file, or a .tfrecord of the original's format"
        )
    places = list(_places(path))
    known = next((place for place in places if _is_import_of(place, path)), None)
    return known or _import_somewhere(path, places)


def _places(source: Path) -> Iterator[Path]:
    """Where the table of a source may be, best first."""
    yield source.with_name(f"{source.name}.arrow")
    key = hashlib.sha256(os.fspath(source.resolve()).encode()).hexdigest()[:12]
    yield cache_folder() / "tables" / f"{source.name}-{key}.arrow"


def _import_somewhere(source: Path, places: list[Path]) -> Path:
    """Import into the first place that can take it; waits where another process is at it, and uses what it made."""
    refusals = []
    for place in places:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with _lock(place, source):
                if not _is_import_of(place, source):
                    _import(source, place)
            return place
        except OSError as error:  # noqa: PERF203
            refusals.append(f"{place.parent} ({error.strerror or error})")
    raise InputError(
        f"{source}: there is no place for its import: {'; '.join(refusals)}; set NASBENCH_CACHE_DIR to a folder with "
        f"room, or choose one with: nasbench table import {source} --out TABLE.arrow"
    )


@contextlib.contextmanager
def _lock(place: Path, source: Path) -> Iterator[None]:
    """Hold a place alone. The system gives the lock up when its owner dies; who has to wait for it says so.

    Its file goes away with it: should that let two imports run at once, both still write the same table, atomically.
    """
    lock = filelock.FileLock(place.with_name(f".{place.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        print_lines(f"{source}: another process is importing it; waiting", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release()


def _import(source: Path, place: Path) -> None:
    before = _fingerprint(source)
    with progress_bar(f"importing {source.name} (once)") as progress:
        report = import_tfrecord(source, place, progress=progress)
    assert report.metadata.source is not None
    _note(place, before | {"sha256": report.metadata.source.sha256})


def _is_import_of(place: Path, source: Path) -> bool:
    """Whether `place` holds the table of `source` as it is now."""
    if not place.exists():
        return False
    try:
        known = TableFile(place).metadata.source
    except InputError:
        return False
    fingerprint = _fingerprint(source)
    if known is None or not known.complete or known.size_bytes != fingerprint["size_bytes"]:
        return False
    if _noted(place) == fingerprint | {"sha256": known.sha256}:
        return True
    digest = file_sha256(source)
    if digest != known.sha256:
        return False
    _note(place, fingerprint | {"sha256": digest})
    return True


def _fingerprint(source: Path) -> dict[str, int | str]:
    stat = source.stat()
    return {
        "size_bytes": stat.st_size,
        "mtime_ns": stat.st_mtime_ns,
        "ctime_ns": stat.st_ctime_ns,
        "inode": stat.st_ino,
        "device": stat.st_dev,
    }


def _note_path(place: Path) -> Path:
    return place.with_name(f".{place.name}.source.json")


def _noted(place: Path) -> object:
    try:
        return json.loads(_note_path(place).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _note(place: Path, fingerprint: dict[str, int | str]) -> None:
    """Best effort: without the note the next start takes a digest, and nothing else changes."""
    try:
        write_json(_note_path(place), fingerprint)
    except OSError:
        return
