"""Export a table as Parquet or CSV, one line for each training."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.table.export.file_endings import check_ending
from nasbench_pytorch.table.export.flat_rows import flat_table

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.table.storage.table_file import TableFile

ROWS_AT_A_TIME = 1 << 17
_FORMULA = r"^[=+\-@\t\r]"
"""Beginnings of a text that a spreadsheet would run as a formula."""


def export_flat(
    table: TableFile,
    out: str | os.PathLike[str],
    file_format: Literal["parquet", "csv"],
    progress: Progress | None = None,
) -> None:
    """Write all rows in the order of the table, atomically, a part at a time.

    Args:
        table: the table.
        out: the file to write.
        file_format: parquet or csv. In CSV, extra columns of lists are written as Python prints them, and a text that a
            spreadsheet would take for a formula gets an apostrophe in front.
        progress: called with the rows done and the rows in all.

    Raises:
        InputError: the file's name ends as that of another format.
        OSError: the file cannot be written.
    """
    check_ending(out, file_format)
    with atomic_write(out) as stream:
        writer: Any = None
        try:
            for start in range(0, table.rows, ROWS_AT_A_TIME):
                part = flat_table(table, start, start + ROWS_AT_A_TIME)
                if file_format == "csv":
                    part = _plain(part)
                if writer is None:
                    writer = _writer(stream, part.schema, file_format)
                writer.write_table(part)
                if progress is not None:
                    progress(min(start + ROWS_AT_A_TIME, table.rows), table.rows)
        finally:
            if writer is not None:
                writer.close()


def _writer(stream: Any, schema: pa.Schema, file_format: str) -> Any:
    if file_format == "csv":
        from pyarrow import csv

        return csv.CSVWriter(stream, schema)
    from pyarrow import parquet

    return parquet.ParquetWriter(stream, schema, compression="zstd")


def _plain(part: pa.Table) -> pa.Table:
    """Convert dictionary-encoded texts to texts, and lists and structs to their Python form, which CSV can hold."""
    columns = {}
    for name, column in zip(part.schema.names, part.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        elif pa.types.is_nested(column.type):
            column = pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = without_formulas(column)
        columns[without_formulas(pa.array([name]))[0].as_py()] = column
    return pa.table(columns)


def without_formulas(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Put an apostrophe before each text that a spreadsheet would run as a formula."""
    formulas = pc.match_substring_regex(texts, _FORMULA)
    if not pc.any(formulas).as_py():
        return texts
    return pc.if_else(
        formulas, pc.binary_join_element_wise(pa.scalar("'", texts.type), texts, pa.scalar("", texts.type)), texts
    )
