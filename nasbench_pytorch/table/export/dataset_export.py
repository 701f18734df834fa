"""Export a table as a folder in Hugging Face's layout of data sets: Parquet files and a card, ready to be published."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.export.dataset_card import card_text, check_license
from nasbench_pytorch.table.export.flat_export import ROWS_AT_A_TIME
from nasbench_pytorch.table.export.flat_rows import flat_table
from nasbench_pytorch.table.storage.schema import METADATA_KEY

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.table.storage.table_file import TableFile

ROWS_PER_FILE = 8 * ROWS_AT_A_TIME
"""Rows of one Parquet file: some 60 MB, of which the published table has five."""


@dataclass(frozen=True)
class ExportedDataset:
    """What was written.

    Attributes:
        folder: the folder, with README.md and `data/`.
        rows: number of rows, one for each training.
        files: number of Parquet files.
        size_bytes: size of all files.
        license: the licence in the card.
    """

    folder: Path
    rows: int
    files: int
    size_bytes: int
    license: str


def export_dataset(
    table: TableFile,
    out: str | os.PathLike[str],
    license_id: str | None = None,
    progress: Progress | None = None,
) -> ExportedDataset:
    """Write a folder that Hugging Face's `load_dataset` reads, and that can be uploaded as it is.

    The folder appears when it is complete. Its Parquet files hold the rows of `flat_table`, in the order of the table,
    with plain texts in the place of dictionaries, which `datasets` cannot read.

    Args:
        table: the table.
        out: the folder; it must not exist, or be empty.
        license_id: licence as Hugging Face names it; None for that of a table with a name, else `unknown`.
        progress: called with the rows done and the rows in all.

    Raises:
        InputError: the folder has files in it, or the licence is no such name.
        OSError: the folder cannot be written.
    """
    folder = Path(out)
    check_license(license_id)
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: there is something of this name already; delete it, or choose a new folder")
    scratch = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        (scratch / "data").mkdir(parents=True)
        schema = _write_rows(table, scratch / "data", progress)
        card, used = card_text(table, schema, license_id)
        (scratch / "README.md").write_text(card, encoding="utf-8")
        if folder.is_dir():
            folder.rmdir()
        scratch.rename(folder)
    except BaseException as error:
        shutil.rmtree(scratch, ignore_errors=True)
        if isinstance(error, OSError) and error.filename in (None, str(scratch)):
            error.filename = str(folder)  # the message names the folder that the user knows
        raise
    files = [path for path in folder.rglob("*") if path.is_file()]
    return ExportedDataset(folder, table.rows, len(files) - 1, sum(path.stat().st_size for path in files), used)


def _write_rows(table: TableFile, folder: Path, progress: Progress | None) -> pa.Schema:
    """Write all rows, and return the columns."""
    files = max(1, -(-table.rows // ROWS_PER_FILE))
    schema = plain_texts(flat_table(table, 0, 0), table).schema
    for number in range(files):
        path = folder / f"train-{number:05}-of-{files:05}.parquet"
        with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            stop = min((number + 1) * ROWS_PER_FILE, table.rows)
            for start in range(number * ROWS_PER_FILE, stop, ROWS_AT_A_TIME):
                end = min(start + ROWS_AT_A_TIME, stop)
                writer.write_table(plain_texts(flat_table(table, start, end), table))
                if progress is not None:
                    progress(end, table.rows)
    return schema


def plain_texts(part: pa.Table, table: TableFile) -> pa.Table:
    """Return rows without dictionary-encoded columns, with the metadata of the table in the schema."""
    fields, columns = [], []
    for field, column in zip(part.schema, part.columns, strict=True):
        kind = _without_dictionaries(field.type)
        if pa.types.is_dictionary(field.type):
            column = column.cast(kind)
        elif kind != field.type:
            column = pa.chunked_array([pa.array(column.to_pylist(), kind)], kind)
        fields.append(pa.field(field.name, kind, metadata=field.metadata))
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, {METADATA_KEY: table.metadata.to_bytes()}))


def _without_dictionaries(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _without_dictionaries(kind.value_type)
    if pa.types.is_list(kind):
        return pa.list_(_plain_field(kind.value_field))
    if pa.types.is_struct(kind):
        return pa.struct([_plain_field(kind.field(position)) for position in range(kind.num_fields)])
    return kind


def _plain_field(field: Any) -> Any:
    return pa.field(field.name, _without_dictionaries(field.type), field.nullable)
