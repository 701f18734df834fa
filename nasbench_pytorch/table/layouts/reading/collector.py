"""Collect the blocks that a layout's reader yields, check them, and write the table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.reading.graphs import cells_with, check_cells
from nasbench_pytorch.table.storage.encoded_column import Column, Encoding, fractions, widen
from nasbench_pytorch.table.storage.fields import is_accuracy
from nasbench_pytorch.table.storage.join_blocks import BlockJoiner
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Block, Cells
from nasbench_pytorch.table.storage.sort_rows import assemble, same_hashes
from nasbench_pytorch.table.storage.writer import write_content
from nasbench_pytorch.table.tfrecord.empty_evaluations import keep_incomplete_records
from nasbench_pytorch.table.tfrecord.importer import USUAL_OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from nasbench_pytorch.table.layouts.layout import Reading
    from nasbench_pytorch.table.storage.encoded_column import Doubles
    from nasbench_pytorch.table.storage.schema import Metadata
    from nasbench_pytorch.table.storage.sort_rows import RowIndices

MOST_PARAMETERS = (1 << 31) - 1


@dataclass
class Findings:
    """What the check of a file's cells and rows found.

    Attributes:
        cells: number of distinct cells.
        rows: number of trainings.
        other_accuracies: number of accuracies that are no whole number of images; they are kept as they are.
        pruned_cells: number of cells that had vertices on no path from input to output.
        merged_cells: number of cells that are isomorphic to an earlier one; their rows are further repeats of it.
        kept_as_they_came: number of records stored in their original form, because the columns do not reproduce them.
    """

    cells: int = 0
    rows: int = 0
    other_accuracies: int = 0
    pruned_cells: int = 0
    merged_cells: int = 0
    kept_as_they_came: int = 0


class Collector:
    """Collector of blocks.

    Args:
        where: the file, for messages.
        reading: state of the import.
        has_hashes: whether the blocks hold hashes of the file.
    """

    def __init__(self, where: str, reading: Reading, has_hashes: bool) -> None:
        self._where, self._reading, self._has_hashes = where, reading, has_hashes
        self._joiner = BlockJoiner(reading.images)

    def add(self, block: Block) -> None:
        """Add a block.

        Raises:
            InputError: a budget or a parameter count is out of range.
        """
        if len(block) and (int(block.epochs.min()) < 1):
            raise InputError(f"{self._where}: a training of {int(block.epochs.min())} epochs; a budget is at least 1")
        known = block.cells.parameters[block.cells.parameters != NO_PARAMETERS]
        if len(known) and not 0 <= int(known.min()) <= int(known.max()) <= MOST_PARAMETERS:
            raise InputError(
                f"{self._where}: a cell with {int(known.min() if known.min() < 0 else known.max()):,} trainable "
                f"parameters; possible are 0 to {MOST_PARAMETERS:,}"
            )
        self._joiner.append(block)

    def write(
        self,
        out: str | os.PathLike[str],
        metadata: Metadata,
        fetch: Callable[[RowIndices], list[bytes]] | None = None,
    ) -> tuple[Metadata, Findings]:
        """Check all cells and rows, and write the table, atomically.

        Args:
            out: the `.arrow` file.
            metadata: facts that the rows do not show.
            fetch: returns the original records of some rows, for a layout that keeps them.

        Raises:
            InputError: there is no row, or a cell is not what its file says.
            OSError: the table cannot be written.
        """
        if not len(self._joiner):
            raise InputError(f"{self._where}: no trainings; a table has at least one")
        block = self._joiner.block()
        del self._joiner
        if fetch is not None:
            keep_incomplete_records(block, fetch)
        for name, column in list(block.columns.items()):
            if column.missing is not None and column.missing.all():
                del block.columns[name]
        findings = Findings(rows=len(block))
        findings.other_accuracies = sum(
            _count_others(column, self._reading.images) for name, column in block.columns.items() if is_accuracy(name)
        )
        self._check_cells(block, findings, lossless=fetch is not None)
        content = assemble(block, fetch)
        findings.cells, findings.kept_as_they_came = len(content.cells), len(content.raw)
        return write_content(out, content, _used_names(content.cells, self._reading), metadata), findings

    def _check_cells(self, block: Block, findings: Findings, lossless: bool) -> None:
        """Put the rows of isomorphic cells under the first one; a lossless layout keeps their graphs."""
        checked = check_cells(block.cells, self._reading.vocabulary, self._where, self._has_hashes)
        rowless = np.flatnonzero(np.bincount(block.row_cell, minlength=len(block.cells)) == 0)
        if len(rowless):
            found = checked.cells.hashes[rowless[0]].tobytes().hex()
            raise InputError(f"{self._where}: {len(rowless):,} cells have no training, the first one {found}")
        if lossless:
            block.cells = cells_with(block.cells, checked.cells.hashes)
            return
        block.cells, findings.pruned_cells = checked.cells, checked.pruned
        shown = same_hashes(block.cells)
        parameters = block.cells.parameters
        others = np.flatnonzero(parameters != parameters[shown])
        if len(others):
            cell = int(others[0])
            raise InputError(
                f"{self._where}: cell {block.cells.hashes[cell].tobytes().hex()} occurs with {int(parameters[cell]):,} "
                f"and with {int(parameters[shown[cell]]):,} trainable parameters; the file is damaged"
            )
        findings.merged_cells = int((shown != np.arange(len(shown))).sum())
        if findings.merged_cells:
            block.row_cell = shown[block.row_cell].astype(np.int32)
            _forget_unshown(block)


def _used_names(cells: Cells, reading: Reading) -> list[str]:
    """Return the names of the operations; cells had to be pruned of the others, such as GATES's `none`."""
    names = reading.vocabulary.names
    kept = [code for code, name in enumerate(names) if name in USUAL_OPERATIONS or (cells.operations == code).any()]
    if len(kept) < len(names):
        codes = np.zeros(len(names), np.uint8)
        codes[kept] = np.arange(len(kept))
        cells.operations = codes[cells.operations]
    return [names[code] for code in kept]


def _forget_unshown(block: Block) -> None:
    """Remove the cells that no row refers to."""
    from nasbench_pytorch.table.storage.sort_rows import choose_cells

    used, row_cell = np.unique(block.row_cell, return_inverse=True)
    block.cells, block.row_cell = choose_cells(block.cells, used.astype(np.int64)), row_cell.astype(np.int32)


def _count_others(column: Column, images: int) -> int:
    """Return how many values of an accuracy are neither k / images nor its nearest float32."""
    if column.encoding in (Encoding.COUNT, Encoding.COUNT64):
        return 0
    values: Doubles = widen(column, images)
    with np.errstate(invalid="ignore", over="ignore"):
        counts = np.rint(values * images)
        inside = (counts >= 0) & (counts <= images)
    places = np.where(inside, counts, 0).astype(np.int64)
    whole: np.ndarray[Any, np.dtype[np.bool_]] = inside & (
        (fractions(Encoding.COUNT, images)[places] == values) | (fractions(Encoding.COUNT64, images)[places] == values)
    )
    present = np.ones(len(values), np.bool_) if column.missing is None else ~column.missing
    return int((present & ~whole).sum())
