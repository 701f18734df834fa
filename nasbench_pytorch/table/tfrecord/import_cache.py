"""Import a `.tfrecord` once, and find the imported table again.

The table is stored beside its source as `NAME.arrow`, or in the user's cache folder if that folder is not writable.
It is reused while the source has the imported size and SHA-256. The digest of two gigabytes takes a second, so a note
beside the table records the source's file status (size, times, inode) at its last digest; as in git, the digest is
skipped while the status has not changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from nasbench_pytorch.checksum import file_sha256
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import write_json
from nasbench_pytorch.folders import cache_folder
from nasbench_pytorch.progress import progress_bar
from nasbench_pytorch.table.path_lock import lock_path
from nasbench_pytorch.table.storage.table_file import TableFile
from nasbench_pytorch.table.tfrecord.importer import import_tfrecord

ARROW_MAGIC = b"ARROW1"


def table_for(path: Path) -> Path:
    """Return the table file of a path: the path itself, or the import of a file in the original's format.

    Raises:
        InputError: the file is neither, is damaged, or no folder can take its import.
        OSError: the file cannot be read.
    """
    if path.is_fifo() or path.is_socket():
        raise InputError(f"{path}: a pipe or socket, not a file; a table is a .arrow or .tfrecord file")  # would wait
    with path.open("rb") as stream:
        magic = stream.read(len(ARROW_MAGIC))
    if magic == ARROW_MAGIC:
        return path
    if not magic:
        raise InputError(
            f"{path}: the file is empty; a table is a .arrow file, or a .tfrecord of the original's format"
        )
    candidates = list(_candidates(path))
    known = next((table for table in candidates if is_import_of(table, path)), None)
    return known or _import_to_first(path, candidates)


def _candidates(source: Path) -> Iterator[Path]:
    """Yield the paths where the table of a source may be, best first."""
    yield source.with_name(f"{source.name}.arrow")
    key = hashlib.sha256(os.fsencode(source.resolve())).hexdigest()[:12]
    yield cache_folder() / "tables" / f"{source.name}-{key}.arrow"


def _import_to_first(source: Path, candidates: list[Path]) -> Path:
    """Import to the first path that can be written; if another process imports the source, wait and use its table."""
    refusals = []
    for table in candidates:
        try:
            table.parent.mkdir(parents=True, exist_ok=True)
            with lock_path(table, f"{source}: another process is importing it; waiting"):
                if not is_import_of(table, source):
                    _import(source, table)
            return table
        except OSError as error:  # noqa: PERF203
            refusals.append(f"{table.parent} ({error.strerror or error})")
    raise InputError(
        f"{source}: no folder can take its import: {'; '.join(refusals)}; set NASBENCH_CACHE_DIR to a folder with "
        f"enough space, or choose a file with: nasbench table import {source} --out TABLE.arrow"
    )


def _import(source: Path, table: Path) -> None:
    before = _fingerprint(source)
    with progress_bar(f"importing {source.name} (once)") as progress:
        report = import_tfrecord(source, table, progress=progress)
    assert report.metadata.source is not None
    _note(table, before | {"sha256": report.metadata.source.sha256})


def is_import_of(table: Path, source: Path) -> bool:
    """Return whether `table` is the import of `source` in its present state.

    A damaged import is not. Neither is one without a digest, which earlier versions wrote: it may be damaged unseen,
    and its source can replace it.
    """
    if not table.exists():
        return False
    try:
        imported = TableFile(table)
    except InputError:
        return False
    if not imported.has_digest:
        return False
    known = imported.metadata.source
    fingerprint = _fingerprint(source)
    if known is None or not known.complete or known.size_bytes != fingerprint["size_bytes"]:
        return False
    if _noted(table) == fingerprint | {"sha256": known.sha256}:
        return True
    digest = file_sha256(source)
    if digest != known.sha256:
        return False
    _note(table, fingerprint | {"sha256": digest})
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


def _note_path(table: Path) -> Path:
    return table.with_name(f".{table.name}.source.json")


def _noted(table: Path) -> object:
    try:
        return json.loads(_note_path(table).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _note(table: Path, fingerprint: dict[str, int | str]) -> None:
    """Try to write the note; without it, the next start computes a digest, and nothing else changes."""
    try:
        write_json(_note_path(table), fingerprint)
    except OSError:
        return
