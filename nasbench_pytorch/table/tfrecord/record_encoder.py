"""Encode the rows of a table as framed records."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.storage.fields import ROW_FIELDS
from nasbench_pytorch.table.storage.row_block import Vocabulary
from nasbench_pytorch.table.tfrecord import record as record_format
from nasbench_pytorch.table.tfrecord.compiled.arrays import RecordArrays, StoredCells
from nasbench_pytorch.table.tfrecord.frames import frame
from nasbench_pytorch.table.tfrecord.record import Record

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

Rows = npt.NDArray[np.int64]


class RecordEncoder:
    """Encoder of rows; several threads may share it.

    Args:
        table: the table of the rows.
    """

    def __init__(self, table: TableFile) -> None:
        self._table = table
        self._names = Vocabulary(tuple(table.operation_names)).json_text()
        self._longest_cell = int(np.diff(table.adjacency[1]).max()) + int(np.diff(table.operation_codes[1]).max()) * (
            1 + max(len(name) for name in table.operation_names) * 6
        )
        self._parameters, self._unknown = table.parameters
        self._cells = StoredCells(table.hashes, self._parameters, *table.adjacency, *table.operation_codes)
        self._unusual = self._unusual_rows()

    def _unusual_rows(self) -> npt.NDArray[np.bool_] | None:
        """Return a mask of the rows that the compiled writer cannot write; None if there are none."""
        table = self._table
        masks = [mask for name in ROW_FIELDS if (mask := table.missing(name)) is not None]
        if table.records is not None:
            masks.append(table.records.is_valid().to_numpy(zero_copy_only=False))
        if self._unknown is not None or (self._parameters < 0).any():
            odd = self._parameters < 0 if self._unknown is None else self._unknown | (self._parameters < 0)
            masks.append(np.repeat(odd, np.diff(table.row_starts)))
        return np.logical_or.reduce(masks) if masks else None

    def encode(self, rows: Rows) -> memoryview:
        """Return the framed records of some rows."""
        unusual = np.zeros(len(rows), np.bool_) if self._unusual is None else self._unusual[rows]
        if not unusual.any():
            return self._encode_usual(rows)
        parts = []
        edges = [0, *(np.flatnonzero(unusual[1:] != unusual[:-1]) + 1), len(rows)]
        for start, stop in itertools.pairwise(edges):
            piece = rows[start:stop]
            parts.append(self._encode_unusual(piece) if unusual[start] else bytes(self._encode_usual(piece)))
        return memoryview(b"".join(parts))

    def _encode_usual(self, rows: Rows) -> memoryview:
        from nasbench_pytorch.table.tfrecord.compiled.record_writer import FIXED_BYTES, write
        from nasbench_pytorch.table.tfrecord.compiled.tables import ENCODING

        table = self._table
        bits = np.stack([table.values(name, rows).view(np.uint64) for name in ROW_FIELDS])
        out = np.empty(len(rows) * (FIXED_BYTES + self._longest_cell), np.uint8)
        records = RecordArrays(table.epochs[rows], self._cells_of(rows), bits)
        size = write(records, self._cells, self._names, ENCODING, out)
        return out[:size].data

    def _encode_unusual(self, rows: Rows) -> bytes:
        raw = self._table.records
        texts = (None if raw is None else raw[int(row)].as_py() for row in rows)
        return b"".join(
            frame(text if text is not None else record_format.encode(record))
            for text, record in zip(texts, self.records(rows), strict=True)
        )

    def records(self, rows: Rows) -> Iterator[Record]:
        """Yield the rows one by one as records, built from the columns."""
        table = self._table
        adjacency, matrix_starts = table.adjacency
        codes, vertex_starts = table.operation_codes
        absent = [table.missing(name) for name in ROW_FIELDS]
        numbers = [table.values(name, rows) for name in ROW_FIELDS]
        for index, (row, cell) in enumerate(zip(rows, self._cells_of(rows), strict=True)):
            values = tuple(
                None if mask is not None and mask[row] else float(value[index])
                for mask, value in zip(absent, numbers, strict=True)
            )
            known = self._unknown is None or not self._unknown[cell]
            yield Record(
                table.hash_of(int(cell)),
                int(table.epochs[row]),
                adjacency[matrix_starts[cell] : matrix_starts[cell + 1]].tobytes(),
                tuple(table.operation_names[code] for code in codes[vertex_starts[cell] : vertex_starts[cell + 1]]),
                int(self._parameters[cell]) if known else None,
                values,
            )

    def _cells_of(self, rows: Rows) -> Rows:
        return np.searchsorted(self._table.row_starts, rows, side="right") - 1
