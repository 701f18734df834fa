"""The ways to name a table: by name, by file, or as an open table."""

from __future__ import annotations

import os

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.default_table import open_table
from nasbench_pytorch.table.nasbench import NASBench
from nasbench_pytorch.table.storage.table_file import TableFile

AnyTable = str | os.PathLike[str] | TableFile | NASBench | None
"""A table's name, its file, or the open table; None stands for the default table."""


def open_any_table(table: AnyTable) -> TableFile:
    """Return the open table.

    Raises:
        InputError: there is no such table, its file is damaged, or the argument is something else.
        OSError: the file cannot be read.
    """
    if isinstance(table, NASBench):
        return table.table
    if isinstance(table, TableFile):
        return table
    if table is not None and not isinstance(table, str | os.PathLike):
        raise InputError(f"a table is a name, a file or an open table, got {table!r}")
    return open_table(table)
