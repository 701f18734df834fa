"""Find a table by its name or its file, or the default table."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.folders import default_table
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.table.named.folder import can_be_name
from nasbench_pytorch.table.storage.table_file import TableFile
from nasbench_pytorch.table.tfrecord.import_cache import table_for

EMBEDDED_TABLE = Path(__file__).parent.parent / "data" / "mini.arrow"

_noticed = False


def choose_table(named: str | os.PathLike[str] | None) -> Path:
    """Return the file of a table; if none is named, print a line on stderr the first time.

    Args:
        named: a name (`full`, `only108`, `semireal`, `predicted`, `mini`, or that of a table in the user's folder), a
            `.arrow` table, or a `.tfrecord` of the original's format. A text that is a name is not taken for a file:
            `./full` is the file, and so is every `Path`. None stands for the table in the environment variable
            `NASBENCH_TABLE`, else for the first of full, only108, predicted and mini that is on this machine.

    Raises:
        InputError: there is no such table or file, the file is not a table, or the table of this name is not on this
            machine.
        OSError: the file cannot be read.
    """
    named = default_table() if named is None else named
    if named is None:
        return _choose_default()
    if isinstance(named, str) and (name := _as_name(named)) is not None:
        from nasbench_pytorch.table.named.registry import table_file

        return table_file(name)
    return table_for(Path(named))


def name_or_absolute(named: str) -> str:
    """Return a table's name as it is, and a file as an absolute path, so that both mean the same in another folder.

    Raises:
        InputError: the text looks like a name, and there is no such table and no such file.
    """
    return named if _as_name(named) is not None else str(Path(named).absolute())


def _as_name(text: str) -> str | None:
    """Return the text if it is the name of a table; None if it is a file.

    Raises:
        InputError: the text is empty, or looks like a name and there is no such table and no such file.
    """
    if not text:
        raise InputError("an empty text names no table; give a name (see nasbench table list) or a file")
    if not _may_name_a_file(text):
        raise InputError(f"{text[:60]!a}: no file has such a name; give a name (see nasbench table list) or a file")
    if not can_be_name(text):
        return None
    from nasbench_pytorch.table.named import registry

    if registry.is_table_name(text):
        return text
    if not os.path.lexists(text) and (error := registry.unknown_table(text)) is not None:
        raise error
    return None


def _may_name_a_file(text: str) -> bool:
    """Return whether the system could have a file of this name: no null character, nothing that cannot be encoded."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def open_table(named: str | os.PathLike[str] | None) -> TableFile:
    """Open the table that `choose_table` finds.

    Raises:
        InputError: as for `choose_table`; or the file is damaged, and the message says how to make it again.
        OSError: the file cannot be read.
    """
    path = choose_table(named)
    try:
        return TableFile(path)
    except InputError as error:
        from nasbench_pytorch.table.named import registry

        what_to_do = registry.remedy(path)
        if not what_to_do:
            raise
        raise InputError(f"{error}; {what_to_do}") from None


def _choose_default() -> Path:
    global _noticed
    from nasbench_pytorch.table.named import registry

    name = registry.default_name()
    if name is None:
        raise InputError(
            "no table was named, and this installation has none embedded; name a .arrow or .tfrecord file (to get the "
            "published one: nasbench table download full)"
        )
    notice = registry.NAMED_TABLES[name].notice
    if notice and not _noticed:
        _noticed = True
        print_lines(f"nasbench: {notice}", file=sys.stderr)
    return registry.table_file(name)
