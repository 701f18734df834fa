"""Import a file into the user's folder of tables, under the name that fits it."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.folders import table_folder
from nasbench_pytorch.space.cell_rows import NASBENCH101_CELLS, cell_rows
from nasbench_pytorch.table.named.first_opening import open_first
from nasbench_pytorch.table.named.folder import can_be_name, path_of_name
from nasbench_pytorch.table.named.registry import BUDGETS, NAMED_TABLES
from nasbench_pytorch.table.path_lock import lock_path
from nasbench_pytorch.table.storage.table_file import TableFile
from nasbench_pytorch.table.tfrecord.import_cache import is_import_of
from nasbench_pytorch.table.tfrecord.published import PUBLISHED

_SCRATCH = ".import-"
_ABANDONED_AFTER_S = 3600.0
_FOLDER_IS_UNUSABLE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


class NamedImport(NamedTuple):
    """A table in the user's folder.

    Attributes:
        name: its name.
        path: its file.
        is_new: False if the folder had the import of this file already.
    """

    name: str
    path: Path
    is_new: bool


def import_by_name(source: Path, write: Callable[[Path], object]) -> NamedImport:
    """Import a file into the user's folder of tables.

    The published tables get their names, full and only108; another table gets that of its file. Processes that import
    the same file at once wait for each other, and the table appears under its name only when it is complete.

    Args:
        source: the file.
        write: imports the file to the path that it is given; not called if the folder has this import already.

    Raises:
        InputError: the name belongs to another table, or the folder has no space or cannot be written.
        OSError: the source cannot be read.
    """
    folder = table_folder()
    try:
        return _import_into(folder, source, write)
    except OSError as error:
        if error.errno in _FOLDER_IS_UNUSABLE and not _is_of(error, source):
            raise InputError(
                f"{folder}: {error.strerror}, so {source.name} cannot be imported there; free some space, set "
                "NASBENCH_TABLE_DIR to another folder, or choose a file with --out TABLE.arrow"
            ) from error
        raise


def _import_into(folder: Path, source: Path, write: Callable[[Path], object]) -> NamedImport:
    stem = _stem(source.absolute())
    folder.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(folder)
    with lock_path(folder / f"{source.name}.import", f"{source}: another process is importing it; waiting"):
        for name in dict.fromkeys((*PUBLISHED, stem)):
            if can_be_name(name) and is_import_of(path_of_name(name), source):
                return NamedImport(name, path_of_name(name), is_new=False)
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=folder))
        try:
            write(scratch / "table.arrow")
            name = _name_of(TableFile(scratch / "table.arrow"), source, stem)
            (scratch / "table.arrow").replace(path_of_name(name))
            open_first(path_of_name(name))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return NamedImport(name, path_of_name(name), is_new=True)


def _is_of(error: OSError, source: Path) -> bool:
    """Return whether an error is that of the source, and not of the folder."""
    return error.filename is not None and os.fspath(error.filename) == os.fspath(source)


def published_name(table: TableFile) -> str | None:
    """Return `full` or `only108` for a table with the digest, or with all cells, budgets and fields, of that one.

    A modelled table that went through the original's format has no times of whole jobs, and is not taken for it.
    """
    source = table.metadata.source
    for name, file in PUBLISHED.items():
        if source is not None and source.complete and source.sha256 == file.sha256:
            return name
    if table.metadata.absent_fields or table.metadata.constants.get("total_time") == 0:
        return None  # a part of the published table, or a modelled one
    rows = cell_rows() if table.cells == NASBENCH101_CELLS else None
    if rows is None or not rows.are_rows_of(table.hashes):
        return None
    for name, budgets in (("full", BUDGETS), ("only108", (108,))):
        if table.metadata.epochs == budgets and all(_every_cell_has(table, epochs) for epochs in budgets):
            return name
    return None


def _every_cell_has(table: TableFile, epochs: int) -> bool:
    return bool(np.logical_or.reduceat(table.epochs == epochs, table.row_starts[:-1]).all())


def _name_of(table: TableFile, source: Path, stem: str) -> str:
    """Return the name of an imported table.

    Raises:
        InputError: the name that the file would give it belongs to another table, or cannot be a name.
    """
    name = published_name(table)
    if name is not None:
        return name
    choose = "choose a file with --out TABLE.arrow, or give the source another name"
    if stem in NAMED_TABLES:
        raise InputError(f"{source}: '{stem}' is the name of another table ({NAMED_TABLES[stem].about}); {choose}")
    if not can_be_name(stem):
        raise InputError(f"{source}: '{stem}' cannot be the name of a table; {choose}")
    if os.path.lexists(path_of_name(stem)) and not _has_same_source(path_of_name(stem), table):
        raise InputError(
            f"{source}: {path_of_name(stem)} has the same name and was made from another file; delete it, or {choose}"
        )
    return stem


def _stem(source: Path) -> str:
    """Return the name of a file without its endings, and the whole name of a folder."""
    if source.is_dir():
        return source.name
    return Path(source.stem).stem if source.suffix.lower() in (".gz", ".xz", ".bz2") else source.stem


def _has_same_source(path: Path, table: TableFile) -> bool:
    """Return whether a table in the folder was made from the files of a new one, which may then replace it."""
    try:
        return table.metadata.source is not None and TableFile(path).metadata.source == table.metadata.source
    except (InputError, OSError):
        return False


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed imports left an hour ago or earlier."""
    latest_s = time.time() - _ABANDONED_AFTER_S
    for scratch in folder.glob(f"{_SCRATCH}*"):
        with contextlib.suppress(OSError):
            if scratch.stat().st_mtime < latest_s:
                shutil.rmtree(scratch, ignore_errors=True)
