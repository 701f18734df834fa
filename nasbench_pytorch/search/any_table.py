"""The ways to name a table: by name, by file, or as an open table."""

from __future__ import annotations

import os

from nasbench_pytorch.table.default_table import open_table
from nasbench_pytorch.table.nasbench import NASBench
from nasbench_pytorch.table.storage.table_file import TableFile

AnyTable = str | os.PathLike[str] | TableFile | NASBench | None
"""A table's name, its file, or the open table; None stands for the default table."""


def open_any_table(table: AnyTable) -> TableFile:
    """Return the open table.

    Raises:
        InputError: there is no such table, or its file is damaged.
        OSError: the file cannot be read.
    """
    if isinstance(table, NASBench):
        return table.table
    return table if isinstance(table, TableFile) else open_table(table)
