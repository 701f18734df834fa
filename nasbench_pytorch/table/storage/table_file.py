"""A table file, opened: nothing is read but its metadata, everything else is mapped and read where it is touched."""

from __future__ import annotations

import os
from bisect import bisect_left
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.storage.encoded_column import Array, Column, Doubles, Encoding, fractions
from nasbench_pytorch.table.storage.fields import ROW_FIELDS, FieldDescription, describe
from nasbench_pytorch.table.storage.schema import CELL_COLUMNS, ENCODING_KEY, ROW_COLUMNS, Metadata, read_metadata

_FIELD_KEY = b"field"
_HEX_DIGITS = frozenset("0123456789abcdef")


class TableFile:
    """The columns of a table as arrays over the mapped file. Cells and rows go by number, in the file's order.

    Attributes:
        path: the file, absolute.
        metadata: what the table says about itself.
        cells: number of cells.
        rows: number of rows.
        own_columns: names of the rows' further columns.
        own_cell_columns: names of the cells' further columns.

    Args:
        path: an `.arrow` file of this layout.

    Raises:
        InputError: it is none, is damaged, or is of a newer layout.
        OSError: it cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).resolve()
        self._batch = _open_batch(self.path)
        self.metadata: Metadata = read_metadata(self._batch.schema, path)
        self.cells = self._batch.num_rows
        lists = self._batch.column("rows")
        self._struct = lists.values
        self.rows = len(self._struct)
        self.row_starts: npt.NDArray[np.int32] = _numbers(lists.offsets)
        kinds = {field.name: field for field in self._struct.type}
        self._stored = {
            (field.metadata or {}).get(_FIELD_KEY, name.encode()).decode(): field for name, field in kinds.items()
        }
        self.own_columns = tuple(name for name in self._stored if name not in (*ROW_FIELDS, *ROW_COLUMNS))
        self.own_cell_columns = tuple(name for name in self._batch.schema.names if name not in CELL_COLUMNS)
        self.search_keys: npt.NDArray[np.uint64] = _numbers(self._batch.column("search_key"))
        self.epochs: Array = _numbers(self._struct.field("epochs"))
        self.repeats: Array = _numbers(self._struct.field("repeat"))
        self._keys_view: memoryview = memoryview(cast("Any", self.search_keys))
        self._hash_bytes = memoryview(self._batch.column("hash").buffers()[1]).cast("B")

    # Cells

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint8]:
        """The hashes in ascending order, bytes, shape (cells, 16)."""
        return np.frombuffer(self._hash_bytes, np.uint8)[: self.cells * 16].reshape(-1, 16)

    @cached_property
    def adjacency(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
        """All matrices, one behind the other, and where each begins."""
        lists = self._batch.column("adjacency")
        return _numbers(lists.values), _numbers(lists.offsets)

    @cached_property
    def operation_codes(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
        """All operations as codes, one behind the other, and where each cell's begin."""
        lists = self._batch.column("operations")
        return _numbers(lists.values.indices), _numbers(lists.offsets)

    @cached_property
    def operation_names(self) -> list[str]:
        """The operations' names by code."""
        return list(self._batch.column("operations").values.dictionary.to_pylist())

    @cached_property
    def parameters(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_] | None]:
        """Trainable parameters of each cell, and where they are not known (None: nowhere)."""
        return _masked(self._batch.column("trainable_parameters"))

    def hash_of(self, cell: int) -> str:
        """The hash of a cell as 32 hex digits."""
        return self._hash_bytes[16 * cell : 16 * cell + 16].hex()

    def find(self, module_hash: str) -> int | None:
        """The number of the cell with a hash, None where there is none (or the text is no hash)."""
        if len(module_hash) != 32 or not _HEX_DIGITS.issuperset(module_hash):
            return None
        return self.find_bytes(bytes.fromhex(module_hash))

    def find_bytes(self, wanted: bytes) -> int | None:
        """The number of the cell with a hash of 16 bytes, None where there is none."""
        cell = bisect_left(self._keys_view, int.from_bytes(wanted[:8], "big"))
        while cell < self.cells:
            found = self._hash_bytes[16 * cell : 16 * cell + 16].tobytes()
            if found == wanted:
                return cell
            if found[:8] != wanted[:8]:
                return None
            cell += 1
        return None

    # Rows

    @cached_property
    def positions(self) -> npt.NDArray[Any] | None:
        """For each row its place in the file it came from, None where that is the order here."""
        return _numbers(self._struct.field("position")) if "position" in self._stored else None

    @cached_property
    def records(self) -> pa.Array | None:
        """For each row the record it came as, null where the columns say it all; None where they do for all rows."""
        return self._struct.field("record") if "record" in self._stored else None

    def describe(self) -> tuple[FieldDescription, ...]:
        """Every field of this table with its unit and meaning; what the table is comes first, where its maker said."""
        about = str(self.metadata.about.get("text", ""))
        first = (FieldDescription("about", "this table", about),) if about else ()
        return (*first, *describe(self.metadata.images_of, (*self.own_columns, *self.own_cell_columns)))

    def own_column(self, name: str) -> pa.Array:
        """A further column of the rows."""
        return self._struct.field(name)

    def own_cell_column(self, name: str) -> pa.Array:
        """A further column of the cells."""
        return self._batch.column(name)

    def column(self, name: str) -> Column | None:
        """How a field is stored, None where it is no column (a constant, or a share of the epochs)."""
        field = self._stored.get(name)
        if field is None:
            return None
        values, missing = _masked(self._struct.field(field.name))
        return Column(Encoding(field.metadata[ENCODING_KEY].decode()), values, missing)

    def missing(self, name: str) -> npt.NDArray[np.bool_] | None:
        """Where the rows have no value of a field; None where all have one."""
        column = self.column(name)
        return None if column is None else column.missing

    def values(self, name: str, rows: npt.NDArray[np.int64] | slice) -> Doubles:
        """The doubles of a field at some rows; NaN where there is none."""
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


def _open_batch(path: Path) -> pa.RecordBatch:
    """The one batch of an Arrow IPC file, mapped."""
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; a table is made with: nasbench table import")
    try:
        reader = pa.ipc.open_file(pa.memory_map(os.fspath(path)))
        if reader.num_record_batches == 1:
            return reader.get_batch(0)
    except (pa.ArrowInvalid, pa.ArrowSerializationError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(f"{path}: no table of results, or a damaged one ({reason}); import it again") from None
    raise InputError(f"{path}: an Arrow file, but no table of results; make one with: nasbench table import")


def _numbers(array: pa.Array) -> Array:
    """The values of an Arrow array of numbers without nulls (what is null has any value), not copied."""
    kind = _dtype(array.type)
    buffer = array.buffers()[1]
    if buffer is None:
        return np.empty(0, kind)
    return np.frombuffer(buffer, kind, len(array), array.offset * kind.itemsize)


@lru_cache
def _dtype(kind: pa.DataType) -> np.dtype[Any]:
    """numpy's type for an Arrow type of numbers; most releases of pyarrow need pandas for `to_pandas_dtype`."""
    return pa.array([], kind).to_numpy().dtype


def _masked(array: pa.Array) -> tuple[Array, npt.NDArray[np.bool_] | None]:
    missing = None if array.null_count == 0 else array.is_null().to_numpy(zero_copy_only=False)
    return _numbers(array), missing
