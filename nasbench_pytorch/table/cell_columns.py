"""Further columns for the cells of a table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.export.file_endings import check_ending
from nasbench_pytorch.table.storage.schema import CELL_COLUMNS
from nasbench_pytorch.table.storage.writer import write_batch

if TYPE_CHECKING:
    import pyarrow as pa

    from nasbench_pytorch.table.storage.table_file import TableFile


def add_cell_columns(table: TableFile, out: str | os.PathLike[str], columns: Mapping[str, pa.Array]) -> None:
    """Write a table with further columns of its cells, atomically; everything else stays as it is.

    Args:
        table: the table.
        out: the `.arrow` file to write, which may be the table's own.
        columns: values by name, one for each cell in the table's order.

    Raises:
        InputError: a column exists already, has another length, or `out` ends as another format does.
        OSError: the file cannot be written.
    """
    check_ending(out, "arrow")
    for name, values in columns.items():
        if name in (*CELL_COLUMNS, *table.extra_cell_columns):
            raise InputError(f"{table.path} has a column '{name}' already; choose another name")
        if len(values) != table.cells:
            raise InputError(f"column '{name}' has {len(values):,} values, and the table has {table.cells:,} cells")
    write_batch(out, table.batch_with(columns))
