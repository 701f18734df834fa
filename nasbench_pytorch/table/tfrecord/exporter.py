"""A table back to a file of the original's format, byte for byte as it was imported; or to Parquet or CSV."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.ordered_map import ordered_map
from nasbench_pytorch.table.storage.fields import EVALUATION_FIELDS, ROW_FIELDS, STAGES
from nasbench_pytorch.table.storage.row_block import Vocabulary
from nasbench_pytorch.table.tfrecord import record as record_format
from nasbench_pytorch.table.tfrecord.compiled.arrays import RecordArrays, StoredCells
from nasbench_pytorch.table.tfrecord.frames import frame
from nasbench_pytorch.table.tfrecord.record import Record

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.table.storage.table_file import TableFile

ROWS_AT_A_TIME = 1 << 15

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote.

    Attributes:
        records: how many.
        left_out: rows without all of a training's three evaluations, which the original cannot read.
        sha256: digest of the file.
        same_as_source: whether these are the bytes that the table was imported from; None if it was not.
    """

    records: int
    left_out: int
    sha256: str
    same_as_source: bool | None


def export_tfrecord(table: TableFile, out: str | os.PathLike[str], progress: Progress | None = None) -> ExportReport:
    """Write all rows in the original's format, in the order in which they came.

    Args:
        table: the table.
        out: the file to write, atomically.
        progress: called with the rows done and the rows in all.

    Raises:
        InputError: no row has the three evaluations that the format needs.
        OSError: the file cannot be written.
    """
    order = _file_order(table)
    kept = _complete_rows(table, order)
    if not len(kept):
        raise InputError(f"{table.path}: no row has evaluations at start, half and end; there is nothing to export")
    digest, done = hashlib.sha256(), 0
    writer = _RecordWriter(table)
    pieces = (kept[start : start + ROWS_AT_A_TIME] for start in range(0, len(kept), ROWS_AT_A_TIME))
    with atomic_write(out) as stream:
        for rows, text in ordered_map(writer.write, pieces):
            stream.write(text)
            digest.update(text)
            done += len(rows)
            if progress is not None:
                progress(done, len(kept))
    source = table.metadata.source
    same = None if source is None else source.complete and source.sha256 == digest.hexdigest()
    return ExportReport(len(kept), len(order) - len(kept), digest.hexdigest(), same)


def read_back(table: TableFile) -> Iterator[Record]:
    """The rows of a table as records, in the order in which they came."""
    writer = _RecordWriter(table)
    order = _file_order(table)
    for start in range(0, len(order), ROWS_AT_A_TIME):
        yield from writer.records(order[start : start + ROWS_AT_A_TIME])


def _file_order(table: TableFile) -> Rows:
    if table.positions is None:
        return np.arange(table.rows)
    return np.argsort(table.positions, kind="stable")


def _complete_rows(table: TableFile, order: Rows) -> Rows:
    """Rows that the original's loader can read: a row whose training failed has no evaluation at all."""
    complete = np.ones(table.rows, np.bool_)
    for stage in STAGES:
        masks = [table.missing(stage + name) for name in EVALUATION_FIELDS]
        present = [mask for mask in masks if mask is not None]
        if len(present) == len(masks):
            complete &= ~np.logical_and.reduce(present)
    if table.records is not None:
        complete |= table.records.is_valid().to_numpy(zero_copy_only=False)
    return order[complete[order]]


class _RecordWriter:
    """Turns rows into framed records; may be used by several threads."""

    def __init__(self, table: TableFile) -> None:
        self._table = table
        self._names = Vocabulary(tuple(table.operation_names)).json_text()
        self._longest_cell = int(np.diff(table.adjacency[1]).max()) + int(np.diff(table.operation_codes[1]).max()) * (
            1 + max(len(name) for name in table.operation_names) * 6
        )
        self._parameters, self._unknown = table.parameters
        self._cells = StoredCells(table.hashes, self._parameters, *table.adjacency, *table.operation_codes)
        self._gaps = self._rows_with_gaps()

    def _rows_with_gaps(self) -> npt.NDArray[np.bool_] | None:
        """Rows that the compiled writer cannot write; None where there is none."""
        table = self._table
        masks = [mask for name in ROW_FIELDS if (mask := table.missing(name)) is not None]
        if table.records is not None:
            masks.append(table.records.is_valid().to_numpy(zero_copy_only=False))
        if self._unknown is not None or (self._parameters < 0).any():
            odd = self._parameters < 0 if self._unknown is None else self._unknown | (self._parameters < 0)
            masks.append(np.repeat(odd, np.diff(table.row_starts)))
        return np.logical_or.reduce(masks) if masks else None

    def write(self, rows: Rows) -> memoryview:
        """The framed records of some rows."""
        gaps = np.zeros(len(rows), np.bool_) if self._gaps is None else self._gaps[rows]
        if not gaps.any():
            return self._write_usual(rows)
        parts = []
        edges = [0, *(np.flatnonzero(gaps[1:] != gaps[:-1]) + 1), len(rows)]
        for start, stop in itertools.pairwise(edges):
            piece = rows[start:stop]
            parts.append(self._write_unusual(piece) if gaps[start] else bytes(self._write_usual(piece)))
        return memoryview(b"".join(parts))

    def _write_usual(self, rows: Rows) -> memoryview:
        from nasbench_pytorch.table.tfrecord.compiled.record_writer import FIXED_BYTES, write
        from nasbench_pytorch.table.tfrecord.compiled.tables import ENCODING

        table = self._table
        bits = np.stack([table.values(name, rows).view(np.uint64) for name in ROW_FIELDS])
        out = np.empty(len(rows) * (FIXED_BYTES + self._longest_cell), np.uint8)
        records = RecordArrays(table.epochs[rows], self._cells_of(rows), bits)
        size = write(records, self._cells, self._names, ENCODING, out)
        return out[:size].data

    def _write_unusual(self, rows: Rows) -> bytes:
        raw = self._table.records
        texts = (None if raw is None else raw[int(row)].as_py() for row in rows)
        return b"".join(
            frame(text if text is not None else record_format.encode(record))
            for text, record in zip(texts, self.records(rows), strict=True)
        )

    def records(self, rows: Rows) -> Iterator[Record]:
        """The rows one by one, as what their columns say."""
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
