"""Export a table to a file of the original's format; an imported table gives back its file byte for byte."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.ordered_map import ordered_map
from nasbench_pytorch.table.export.file_endings import check_ending
from nasbench_pytorch.table.storage.fields import EVALUATION_FIELDS, FINAL, STAGES
from nasbench_pytorch.table.tfrecord.record_encoder import RecordEncoder, Rows

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.table.storage.table_file import TableFile
    from nasbench_pytorch.table.tfrecord.record import Record

ROWS_AT_A_TIME = 1 << 15
ORIGINAL_REPEATS = 3
"""The original's API draws one of this many trainings of a cell and budget."""


@dataclass(frozen=True)
class ExportReport:
    """Outcome of an export.

    Attributes:
        records: number of records.
        left_out: number of rows without all three evaluations of a training, which the original cannot read.
        sha256: digest of the file.
        same_as_source: whether the file equals the one that the table was imported from; None for other tables.
        few_repeats: number of pairs of a cell and a budget with fewer than three records; the original's API draws one
            of three, and fails on a missing one.
        absent: fields that the table lacks; the records lack them too, and the original's API reads 0 for them.
    """

    records: int
    left_out: int
    sha256: str
    same_as_source: bool | None
    few_repeats: int = 0
    absent: tuple[str, ...] = ()


def export_tfrecord(table: TableFile, out: str | os.PathLike[str], progress: Progress | None = None) -> ExportReport:
    """Write all rows in the original's format, in the order of their source.

    Args:
        table: the table.
        out: the file to write, atomically.
        progress: called with the rows done and the rows in all.

    Raises:
        InputError: no row has the three evaluations that the format needs, or the file's name ends as that of another
            format.
        OSError: the file cannot be written.
    """
    check_ending(out, "tfrecord")
    order = _file_order(table)
    kept = _complete_rows(table, order)
    if not len(kept):
        raise InputError(f"{table.path}: no row has evaluations at start, half and end; there is nothing to export")
    digest, done = hashlib.sha256(), 0
    encoder = RecordEncoder(table)
    pieces = (kept[start : start + ROWS_AT_A_TIME] for start in range(0, len(kept), ROWS_AT_A_TIME))
    with atomic_write(out) as stream:
        for rows, text in ordered_map(encoder.encode, pieces):
            stream.write(text)
            digest.update(text)
            done += len(rows)
            if progress is not None:
                progress(done, len(kept))
    source = table.metadata.source
    same = None if source is None else source.complete and source.sha256 == digest.hexdigest()
    few = _count_few_repeats(table, kept)
    absent = table.metadata.absent_fields
    return ExportReport(len(kept), len(order) - len(kept), digest.hexdigest(), same, few, absent)


def read_back(table: TableFile) -> Iterator[Record]:
    """Yield the rows of a table as records, in the order of their source."""
    encoder = RecordEncoder(table)
    order = _file_order(table)
    for start in range(0, len(order), ROWS_AT_A_TIME):
        yield from encoder.records(order[start : start + ROWS_AT_A_TIME])


def _file_order(table: TableFile) -> Rows:
    if table.positions is None:
        return np.arange(table.rows)
    return np.argsort(table.positions, kind="stable")


def _complete_rows(table: TableFile, order: Rows) -> Rows:
    """Return the rows that the original's loader can read; the row of a failed training has no evaluation.

    An evaluation that no row of the table has is written as an empty one, which the loader reads.
    """
    complete = np.ones(table.rows, np.bool_)
    for stage in STAGES:
        if stage != FINAL and all(stage + name in table.metadata.absent_fields for name in EVALUATION_FIELDS):
            continue
        masks = [table.missing(stage + name) for name in EVALUATION_FIELDS]
        present = [mask for mask in masks if mask is not None]
        if len(present) == len(masks):
            complete &= ~np.logical_and.reduce(present)
    if table.records is not None:
        complete |= table.records.is_valid().to_numpy(zero_copy_only=False)
    return order[complete[order]]


def _count_few_repeats(table: TableFile, kept: Rows) -> int:
    """Return how many pairs of a cell and a budget have fewer records than the original's API draws from."""
    budgets = np.asarray(table.metadata.epochs)
    cells = np.searchsorted(table.row_starts, kept, side="right") - 1
    pairs = cells * len(budgets) + np.searchsorted(budgets, table.epochs[kept])
    return int((np.bincount(pairs, minlength=table.cells * len(budgets)) < ORIGINAL_REPEATS).sum())
