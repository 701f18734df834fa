"""The endings of file names say what a file holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from nasbench_pytorch.errors import InputError

ExportFormat = Literal["tfrecord", "parquet", "csv"]

FORMATS_BY_ENDING: dict[str, ExportFormat] = {".tfrecord": "tfrecord", ".parquet": "parquet", ".csv": "csv"}
"""Formats of an export."""

_KINDS: dict[str, str] = {**FORMATS_BY_ENDING, ".arrow": "arrow"}


def check_ending(path: str | os.PathLike[str], kind: str) -> None:
    """Raise an error if a file's name promises another format than `kind`; names with other endings are allowed.

    Args:
        path: the file to write.
        kind: `arrow`, `tfrecord`, `parquet` or `csv`.

    Raises:
        InputError: the ending is that of another format.
    """
    promised = _KINDS.get(Path(path).suffix.lower(), kind)
    if promised != kind:
        raise InputError(
            f"cannot write '{path}' as {kind}: its ending promises {promised}; let the name end with .{kind}"
        )


def is_dataset_folder(path: str | os.PathLike[str], file_format: ExportFormat) -> bool:
    """Return whether an export is a folder with a card instead of a file: Parquet under a name without an ending."""
    return file_format == "parquet" and not Path(path).suffix


def format_of_export(path: str | os.PathLike[str], named: ExportFormat | None = None) -> ExportFormat:
    """Return the format of an export: the named one, else the one of the file's ending.

    Args:
        path: the file to write.
        named: `tfrecord`, `parquet` or `csv`; None to take it from the ending.

    Raises:
        InputError: the ending promises another format, or no format is named and the ending says none.
    """
    if named is not None:
        check_ending(path, named)
        return named
    found = FORMATS_BY_ENDING.get(Path(path).suffix.lower())
    if found is None:
        raise InputError(
            f"cannot export to '{path}': the ending decides the format; let the name end with one of "
            f"{', '.join(FORMATS_BY_ENDING)}, or name a format with --format"
        )
    return found
