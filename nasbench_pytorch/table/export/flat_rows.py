"""Convert a table to one flat Arrow table or data frame: a row for each training, with readable values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.table.storage.fields import ROW_FIELDS, describe
from nasbench_pytorch.table.storage.row_block import starts_of

if TYPE_CHECKING:
    import pandas as pd

    from nasbench_pytorch.table.storage.table_file import TableFile

CELLS_AT_A_TIME = 1 << 14


def flat_table(table: TableFile, start: int = 0, stop: int | None = None) -> pa.Table:
    """Return the rows `start` to `stop` of a table, in its order.

    Hash, adjacency (rows of 0 and 1, separated by spaces) and operations (joined by commas) are dictionary-encoded
    texts; `ModelSpec` reads the last two. Without the spaces, a program that reads them back from CSV would take them
    for numbers and drop the zeros at the front. The numbers of `ROW_FIELDS` are doubles, null where missing. The
    table's extra columns come last.
    """
    stop = table.rows if stop is None else min(stop, table.rows)
    rows = slice(start, stop)
    cells = np.searchsorted(table.row_starts, np.arange(start, stop), side="right") - 1
    indices = pa.array(cells, pa.int32())
    columns: dict[str, pa.Array] = {"hash": pa.DictionaryArray.from_arrays(indices, _hash_texts(table))}
    for name, texts in (("module_adjacency", _adjacency_texts(table)), ("module_operations", _operation_texts(table))):
        distinct = texts.dictionary_encode()
        columns[name] = pa.DictionaryArray.from_arrays(distinct.indices.take(indices), distinct.dictionary)
    parameters, unknown = table.parameters
    columns["trainable_parameters"] = pa.array(parameters[cells], mask=None if unknown is None else unknown[cells])
    columns["epochs"] = pa.array(table.epochs[rows].astype(np.int32))
    columns["repeat"] = pa.array(table.repeats[rows].astype(np.int32))
    for name in ROW_FIELDS:
        missing = table.missing(name)
        columns[name] = pa.array(table.values(name, rows), mask=None if missing is None else missing[rows])
    for name in table.extra_columns:
        columns[name] = _with_distinct_values(table.extra_column(name).slice(start, stop - start))
    for name in table.extra_cell_columns:
        columns[name] = _with_distinct_values(table.extra_cell_column(name).take(indices))
    units = {field.name: field.unit for field in describe()}
    fields = [
        pa.field(name, array.type, metadata={b"unit": units[name].encode()} if name in units else None)
        for name, array in columns.items()
    ]
    return pa.Table.from_arrays(list(columns.values()), schema=pa.schema(fields))


def to_pandas(table: TableFile) -> pd.DataFrame:
    """Return all rows as a data frame; see `flat_table`.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    try:
        import pandas  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("pandas", "pandas") from error
    frame: pd.DataFrame = flat_table(table).to_pandas()
    return frame


def _hash_texts(table: TableFile) -> pa.Array:
    text = table.hashes.tobytes().hex().encode()
    offsets = np.arange(table.cells + 1, dtype=np.int32) * 32
    return pa.StringArray.from_buffers(table.cells, pa.py_buffer(offsets), pa.py_buffer(text))


def _adjacency_texts(table: TableFile) -> pa.Array:
    """Return the matrices as texts: rows of digits, separated by spaces."""
    digits, starts = table.adjacency
    vertices = np.diff(table.operation_codes[1]).astype(np.int64)
    ends = starts_of(vertices**2 + np.maximum(vertices - 1, 0))
    text = np.full(ends[-1], ord(" "), np.uint8)
    for size in np.unique(vertices[vertices > 0]):
        same = np.flatnonzero(vertices == size)
        places = np.arange(size * size)
        within = places + places // size  # one space after each row
        for first in range(0, len(same), CELLS_AT_A_TIME):
            cells = same[first : first + CELLS_AT_A_TIME]
            values = digits[starts[cells].astype(np.int64)[:, None] + places]
            text[ends[cells][:, None] + within] = values + np.uint8(ord("0"))
    offsets = pa.py_buffer(ends.astype(np.int32))
    return pa.StringArray.from_buffers(table.cells, offsets, pa.py_buffer(text))


def _operation_texts(table: TableFile) -> pa.Array:
    codes, offsets = table.operation_codes
    names = pa.array(table.operation_names).take(pa.array(codes))
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), names), ",")


def _with_distinct_values(column: pa.Array) -> pa.Array:
    """Return a column whose dictionary holds each value once, as pandas demands; files may hold some twice."""
    if not pa.types.is_dictionary(column.type) or pa.types.is_nested(column.type.value_type):
        return column
    if len(column.dictionary.unique()) == len(column.dictionary):
        return column
    return column.cast(column.type.value_type).dictionary_encode()
