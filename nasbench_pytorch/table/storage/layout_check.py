"""Check the columns of a table file before they are used.

Arrow trusts the types, lengths and offsets in a file: a wrong offset reads memory of others, or ends the process. So
the types are compared with the layout at every opening, and the contents once for each state of a file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.storage.encoded_column import Encoding
from nasbench_pytorch.table.storage.fields import ROW_FIELDS
from nasbench_pytorch.table.storage.schema import CELL_COLUMNS, ENCODING_KEY, FIELD_KEY

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.schema import Metadata
    from nasbench_pytorch.table.storage.table_file import TableFile

_UNSIGNED = (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
_STORED_TYPES = {
    Encoding.COUNT: pa.uint16(),
    Encoding.COUNT64: pa.uint16(),
    Encoding.FLOAT32: pa.float32(),
    Encoding.FLOAT64: pa.float64(),
}


def refusal(path: object, field: str, reason: str) -> InputError:
    """Return the error for a field that does not hold what the layout says."""
    return InputError(
        f"{path}: the table is damaged or of another layout: {field}: {reason}; create it again with: "
        "nasbench table import"
    )


def check_types(schema: pa.Schema, metadata: Metadata, path: object) -> None:
    """Check names and types of all columns; takes microseconds.

    Raises:
        InputError: a column is missing, occurs twice or has a wrong type.
    """

    def check(field: str, kind: pa.DataType, *allowed: pa.DataType) -> None:
        if kind not in allowed:
            raise refusal(path, field, f"type {ascii(str(kind))[1:-1]:.60}, not {' or '.join(map(str, allowed))}")

    if len(set(schema.names)) < len(schema.names):
        raise refusal(path, "columns", "a name occurs twice")
    kinds = {name: schema.field(name).type for name in CELL_COLUMNS}
    check("hash", kinds["hash"], pa.binary(16))
    check("search_key", kinds["search_key"], pa.uint64())
    check("trainable_parameters", kinds["trainable_parameters"], pa.int32())
    for name in ("adjacency", "operations", "rows"):
        if not pa.types.is_list(kinds[name]):
            raise refusal(path, name, f"type {ascii(str(kinds[name]))[1:-1]:.60}, not a list")
    check("adjacency", kinds["adjacency"].value_type, pa.uint8())
    check("operations", kinds["operations"].value_type, pa.dictionary(pa.uint8(), pa.string()))
    _check_row_types(kinds["rows"].value_type, metadata, path, check)


def _check_row_types(struct: pa.DataType, metadata: Metadata, path: object, check: Callable[..., None]) -> None:
    found = _fields_of_rows(struct, path)
    for name in ("epochs", "repeat"):
        if name not in found:
            raise refusal(path, f"rows.{name}", "the field is missing")
    for name in ("epochs", "repeat", "position"):
        if name in found:
            check(f"rows.{name}", found[name].type, *_UNSIGNED)
    if "record" in found:
        check("rows.record", found["record"].type, pa.large_binary())
    for name in ROW_FIELDS:
        if name in found:
            text = (found[name].metadata or {}).get(ENCODING_KEY, b"")
            encoding = next((kind for kind in Encoding if kind.value.encode() == text), None)
            if encoding is None:
                raise refusal(path, f"rows.{name}", f"unknown encoding {ascii(text)[1:]:.40}")
            check(f"rows.{name}", found[name].type, _STORED_TYPES[encoding])
        elif name not in {*metadata.constants, *metadata.shares_of_epochs, *metadata.absent_fields}:
            raise refusal(path, f"rows.{name}", "the field is missing")


def _fields_of_rows(struct: pa.DataType, path: object) -> dict[str, pa.Field]:
    """Return the fields of the rows by the names that queries use."""
    if not pa.types.is_struct(struct):
        raise refusal(path, "rows", "not a list of structs")
    found: dict[str, pa.Field] = {}
    for field in struct:
        try:
            name = (field.metadata or {}).get(FIELD_KEY, field.name.encode()).decode()
        except UnicodeDecodeError:
            raise refusal(path, "rows", "the name of a field is no UTF-8") from None
        if name in found:
            raise refusal(path, f"rows.{ascii(name)[1:-1]:.40}", "the field occurs twice")
        found[name] = field
    return found


def check_buffers(batch: pa.RecordBatch, path: object) -> None:
    """Check that the buffers of all columns have the lengths that their offsets, types and counts need.

    Before this check, reading a value may end the process.

    Raises:
        InputError: a column is damaged.
    """
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            column.validate(full=True)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise refusal(path, ascii(name)[1:-1], ascii(str(error).split("\n")[0])[1:-1]) from None
        if name in CELL_COLUMNS and name != "trainable_parameters" and column.null_count:
            raise refusal(path, name, "values are missing")


def check_contents(table: TableFile, batch: pa.RecordBatch) -> None:
    """Check order, counts and ranges of a table's columns, whose buffers are sound.

    Raises:
        InputError: a column does not hold what the layout says.
    """
    path = table.path
    lists = {name: batch.column(name) for name in ("adjacency", "operations", "rows")}
    for name, column in lists.items():
        if column.values.null_count and name != "rows":
            raise refusal(path, name, "values are missing")
        offsets = table.offsets(name)
        if len(offsets) != table.cells + 1 or offsets[0] != 0 or offsets[-1] != len(column.values):
            raise refusal(path, name, "the offsets do not cover the values")
    for name in ("epochs", "repeat", "position"):
        if name in table.stored_fields and table.row_array(name).null_count:
            raise refusal(path, f"rows.{name}", "values are missing")
    if lists["rows"].values.null_count:
        raise refusal(path, "rows", "values are missing")
    _check_cells(table)
    _check_rows(table)


def _check_cells(table: TableFile) -> None:
    path = table.path
    keys = table.hashes.view(">u8").reshape(-1, 2)
    if not np.array_equal(keys[:, 0], table.search_keys):
        raise refusal(path, "search_key", "not the first bytes of the hashes")
    upper, lower = keys[:, 0], keys[:, 1]
    ascending = (upper[1:] > upper[:-1]) | ((upper[1:] == upper[:-1]) & (lower[1:] > lower[:-1]))
    if not ascending.all():
        raise refusal(path, "hash", "not in ascending order")
    matrices, starts = table.adjacency
    vertices = np.diff(table.operation_codes[1])
    if not np.array_equal(np.diff(starts), vertices**2):
        raise refusal(path, "adjacency", "a matrix has not the square of its operations")
    if matrices.size and matrices.max() > 1:
        raise refusal(path, "adjacency", f"holds {matrices.max()}, not only 0 and 1")
    if None in table.operation_names:
        raise refusal(path, "operations", "a name is missing")


def _check_rows(table: TableFile) -> None:
    path, metadata = table.path, table.metadata
    if table.rows != metadata.rows:
        raise refusal(path, "rows", f"{table.rows:,} rows, the metadata say {metadata.rows:,}")
    repeats = int(table.repeats.max()) + 1 if table.rows else 0
    if repeats != metadata.repeats:
        raise refusal(path, "rows.repeat", f"up to {repeats}, the metadata say {metadata.repeats}")
    if _distinct(table.epochs) != metadata.epochs:
        raise refusal(path, "rows.epochs", f"other budgets than the metadata's {metadata.epochs}")
    if table.positions is not None and table.rows and int(table.positions.max()) >= table.rows:
        raise refusal(path, "rows.position", f"a position of {table.positions.max()} among {table.rows:,} rows")
    for name in set(ROW_FIELDS) & set(table.stored_fields):
        column = table.column(name)
        assert column is not None
        if column.encoding in (Encoding.COUNT, Encoding.COUNT64) and column.stored.size:
            most = int(column.stored.max())
            if most > metadata.evaluation_images:
                raise refusal(path, f"rows.{name}", f"{most} of {metadata.evaluation_images} images")


def _distinct(values: np.ndarray[tuple[int, ...], np.dtype[np.unsignedinteger]]) -> tuple[int, ...]:
    """Return the distinct values in ascending order; counting is faster than sorting where numbers are small."""
    if values.size and values.max() < 1 << 16:
        return tuple(np.flatnonzero(np.bincount(values)).tolist())
    return tuple(np.unique(values).tolist())
