"""An open table file: its metadata are read; everything else is mapped and read on access.

The first opening of a file reads it whole once, to check it; see `checked_files`.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.arrow_digest import DIGEST_KEY, check_digest
from nasbench_pytorch.table.storage import checked_files
from nasbench_pytorch.table.storage.arrow_access import masked, numbers, open_batch
from nasbench_pytorch.table.storage.encoded_column import Array, Column, Doubles, Encoding, fractions
from nasbench_pytorch.table.storage.fields import ROW_FIELDS, FieldDescription, describe
from nasbench_pytorch.table.storage.layout_check import check_buffers, check_contents, check_types
from nasbench_pytorch.table.storage.read_metadata import read_metadata
from nasbench_pytorch.table.storage.schema import CELL_COLUMNS, ENCODING_KEY, FIELD_KEY, ROW_COLUMNS, Metadata

if TYPE_CHECKING:
    import pyarrow as pa

_HEX_DIGITS = frozenset("0123456789abcdef")

DAMAGED_TABLE = "make it again from its source, with nasbench table import or from a backup"
"""What to do about a table that its digest shows to be damaged."""


class TableFile:
    """The columns of a table as arrays over the mapped file. Cells and rows are numbered in the file's order.

    Attributes:
        path: the file, absolute.
        metadata: the table's metadata.
        cells: number of cells.
        rows: number of rows.
        has_digest: whether the file carries a digest of itself; the files of earlier versions have none.
        stored_fields: names of the rows' fields that are columns.
        extra_columns: names of the rows' extra columns.
        extra_cell_columns: names of the cells' extra columns.
        row_starts: where the rows of each cell begin, and where the last row ends.
        search_keys: first 8 bytes of each hash as a big-endian number.
        epochs: budget of each row.
        repeats: repeat of each row.

    Args:
        path: an `.arrow` file of this layout.

    Raises:
        InputError: the file is not a table, is damaged, or has a newer layout.
        OSError: the file cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).resolve()
        began_ns, identity = checked_files.now_ns(), checked_files.identity_of(self.path)
        checked = checked_files.is_checked(self.path, identity)
        if not checked and identity[0]:
            check_digest(self.path, DAMAGED_TABLE)
        self._batch = open_batch(self.path)
        self.metadata: Metadata = read_metadata(self._batch.schema, path)
        check_types(self._batch.schema, self.metadata, path)
        if not checked:
            check_buffers(self._batch, path)
        self.has_digest = DIGEST_KEY in self._batch.schema.metadata
        self.cells = self._batch.num_rows
        lists = self._batch.column("rows")
        self._struct = lists.values
        self.rows = len(self._struct)
        self.row_starts: npt.NDArray[np.int32] = numbers(lists.offsets)
        kinds = {field.name: field for field in self._struct.type}
        self._stored = {
            (field.metadata or {}).get(FIELD_KEY, name.encode()).decode(): field for name, field in kinds.items()
        }
        self.stored_fields = tuple(self._stored)
        self.extra_columns = tuple(name for name in self._stored if name not in (*ROW_FIELDS, *ROW_COLUMNS))
        self.extra_cell_columns = tuple(name for name in self._batch.schema.names if name not in CELL_COLUMNS)
        self.search_keys: npt.NDArray[np.uint64] = numbers(self._batch.column("search_key"))
        self.epochs: Array = numbers(self._struct.field("epochs"))
        self.repeats: Array = numbers(self._struct.field("repeat"))
        self._keys_view: memoryview = memoryview(cast("Any", self.search_keys))
        self._hash_bytes = memoryview(self._batch.column("hash").buffers()[1]).cast("B")
        if not checked:
            check_contents(self, self._batch)
            checked_files.remember(self.path, identity, began_ns)

    @property
    def digest(self) -> str | None:
        """SHA-256 of the file as 64 hex digits, as it carries it; None for the files of earlier versions."""
        value: bytes | None = self._batch.schema.metadata.get(DIGEST_KEY)
        return None if value is None else value.decode().rpartition(":")[2]

    def __repr__(self) -> str:
        return f"TableFile({str(self.path)!r}: {self.cells:,} cells, {self.rows:,} rows)"

    def _repr_html_(self) -> str:
        """Return an overview for notebooks: size, budgets, and drawings of the best cells."""
        from nasbench_pytorch.table.overview import table_overview

        return table_overview(self)

    # Cells

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint8]:
        """Hashes in ascending order, bytes, shape (cells, 16)."""
        return np.frombuffer(self._hash_bytes, np.uint8)[: self.cells * 16].reshape(-1, 16)

    @cached_property
    def adjacency(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
        """All matrices, concatenated, and where each begins."""
        lists = self._batch.column("adjacency")
        return numbers(lists.values), numbers(lists.offsets)

    @cached_property
    def operation_codes(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
        """All operations as codes, concatenated, and where those of each cell begin."""
        lists = self._batch.column("operations")
        return numbers(lists.values.indices), numbers(lists.offsets)

    @cached_property
    def operation_names(self) -> list[str]:
        """Names of the operations by code."""
        return list(self._batch.column("operations").values.dictionary.to_pylist())

    @cached_property
    def parameters(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_] | None]:
        """Trainable parameters of each cell, and a mask of the unknown ones (None if all are known)."""
        return masked(self._batch.column("trainable_parameters"))

    def hash_of(self, cell: int) -> str:
        """Return the hash of a cell as 32 hex digits."""
        return self._hash_bytes[16 * cell : 16 * cell + 16].hex()

    def find(self, module_hash: str) -> int | None:
        """Return the number of the cell with a hash; None if the table lacks it or the text is not a hash."""
        if len(module_hash) != 32 or not _HEX_DIGITS.issuperset(module_hash):
            return None
        return self.find_bytes(bytes.fromhex(module_hash))

    def find_bytes(self, wanted: bytes) -> int | None:
        """Return the number of the cell with a hash of 16 bytes; None if the table lacks it."""
        cell = bisect_left(self._keys_view, int.from_bytes(wanted[:8], "big"))
        while cell < self.cells:
            found = self._hash_bytes[16 * cell : 16 * cell + 16].tobytes()
            if found == wanted:
                return cell
            if found[:8] != wanted[:8]:
                return None
            cell += 1
        return None

    def offsets(self, name: str) -> npt.NDArray[np.int32]:
        """Return where the values of each cell begin in a column of lists, and where the last ones end."""
        return cast("npt.NDArray[np.int32]", numbers(self._batch.column(name).offsets))

    # Rows

    @cached_property
    def positions(self) -> npt.NDArray[Any] | None:
        """Each row's position in the imported file; None if the file has the order of the table."""
        return numbers(self._struct.field("position")) if "position" in self._stored else None

    @cached_property
    def records(self) -> pa.Array | None:
        """Original record of each row, null where the columns reproduce it; None if they reproduce all."""
        return self._struct.field("record") if "record" in self._stored else None

    def describe(self) -> tuple[FieldDescription, ...]:
        """Return every field of this table with its unit and meaning, after the table's description if it has one.

        Where the table's author says where a field is from (`origins` in the metadata), the meaning ends with that.
        """
        about = str(self.metadata.about.get("text", ""))
        first = (FieldDescription("about", "this table", about),) if about else ()
        fields = describe(self.metadata.images_of, (*self.extra_columns, *self.extra_cell_columns))
        absent, origins = self.metadata.absent_fields, self.metadata.about.get("origins")
        if isinstance(origins, dict):
            fields = tuple(
                replace(item, meaning=f"{item.meaning}; {origins[item.name]}") if item.name in origins else item
                for item in fields
            )
        return (*first, *(item.without_values() if item.name in absent else item for item in fields))

    def row_array(self, name: str) -> pa.Array:
        """Return a column of the rows as Arrow holds it."""
        return self._struct.field(name)

    def extra_column(self, name: str) -> pa.Array:
        """Return an extra column of the rows."""
        return self._struct.field(name)

    def extra_cell_column(self, name: str) -> pa.Array:
        """Return an extra column of the cells."""
        return self._batch.column(name)

    def batch_with(self, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
        """Return the file's batch with further columns of the cells."""
        import pyarrow as pa

        schema = self._batch.schema
        for name, values in columns.items():
            schema = schema.append(pa.field(name, values.type))
        return pa.RecordBatch.from_arrays([*self._batch.columns, *columns.values()], schema=schema)

    def column(self, name: str) -> Column | None:
        """Return a field as it is stored; None if it is not a column (a constant, or a share of the epochs).

        A field that no row has is a column of missing values.
        """
        field = self._stored.get(name)
        if field is None and name in self.metadata.absent_fields:
            every = (self.rows,)
            return Column(Encoding.FLOAT64, np.broadcast_to(np.float64(0), every), np.broadcast_to(np.True_, every))
        if field is None:
            return None
        values, missing = masked(self._struct.field(field.name))
        return Column(Encoding(field.metadata[ENCODING_KEY].decode()), values, missing)

    def missing(self, name: str) -> npt.NDArray[np.bool_] | None:
        """Return a mask of the rows that lack a field; None if no row does."""
        column = self.column(name)
        return None if column is None else column.missing

    def values(self, name: str, rows: npt.NDArray[np.int64] | slice) -> Doubles:
        """Return a field of some rows as doubles; NaN where missing."""
        column = self.column(name)
        if column is None:
            return self._computed(name, rows)
        stored = column.stored[rows]
        if column.encoding in (Encoding.COUNT, Encoding.COUNT64):
            values = fractions(column.encoding, self.metadata.evaluation_images)[stored]
        else:
            values = stored.astype(np.float64)
        if column.missing is not None:
            values[column.missing[rows]] = np.nan
        return values

    def _computed(self, name: str, rows: npt.NDArray[np.int64] | slice) -> Doubles:
        epochs = self.epochs[rows].astype(np.float64)
        if name in self.metadata.constants:
            return np.full(len(epochs), self.metadata.constants[name])
        return epochs * self.metadata.shares_of_epochs[name]
