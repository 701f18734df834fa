"""The user's folder of tables: every `.arrow` file in it is a table with a name."""

from __future__ import annotations

from pathlib import Path

from nasbench_pytorch.folders import table_folder

_ENDING = ".arrow"
_NO_NAMES = (".arrow", ".tfrecord")
"""Endings of file names; a text that has one is no name of a table."""


def can_be_name(text: str) -> bool:
    """Return whether a text may name a table: it has no folder, no ending of a table's file, and is not hidden."""
    return bool(text) and Path(text).name == text and "\\" not in text and text[0] != "." and not _is_file_name(text)


def path_of_name(name: str) -> Path:
    """Return where the table of a name is, or would be, in the user's folder."""
    return table_folder() / f"{name}{_ENDING}"


def imported(name: str) -> Path | None:
    """Return the file of a table in the user's folder; None if there is none of this name."""
    path = path_of_name(name)
    try:
        return path if can_be_name(name) and path.is_file() else None
    except OSError:  # a name that is too long
        return None


def imported_names() -> list[str]:
    """Return the names of the tables in the user's folder, sorted."""
    names = (path.name.removesuffix(_ENDING) for path in table_folder().glob(f"*{_ENDING}") if path.is_file())
    return sorted(name for name in names if can_be_name(name))


def _is_file_name(text: str) -> bool:
    return text.lower().endswith(_NO_NAMES)
