"""Records with an empty evaluation: of a training that stopped early, or of a table that lacks such evaluations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.storage.fields import EVALUATION_FIELDS, FINAL, ROW_FIELDS, STAGES
from nasbench_pytorch.table.tfrecord.chunk_parser import KEEP_IF_EVALUATED_ELSEWHERE

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.row_block import Block
    from nasbench_pytorch.table.storage.sort_rows import RowIndices


def keep_incomplete_records(block: Block, fetch: Callable[[RowIndices], list[bytes]]) -> None:
    """Decide about the records with an empty evaluation, and remove the columns that no row has.

    If no row of the table has the evaluation, the table lacks it, and an export writes it as an empty one: the columns
    reproduce the record. If other rows have it, a row without it is a training that never got there. An export leaves
    such rows out, so their records are kept.

    Args:
        block: all rows; changed in place.
        fetch: returns the original records of some rows.
    """
    for name in ROW_FIELDS:
        missing = block.columns[name].missing
        if missing is not None and missing.all():
            del block.columns[name]
    undecided = np.array([row for row, text in block.raw.items() if text == KEEP_IF_EVALUATED_ELSEWHERE], np.int64)
    if not len(undecided):
        return
    incomplete = np.zeros(len(block), np.bool_)
    for stage in STAGES:
        if stage == FINAL or any(stage + name in block.columns for name in EVALUATION_FIELDS):
            incomplete |= _without(block, stage)
    kept = np.sort(undecided[incomplete[undecided]])
    for row in undecided.tolist():
        del block.raw[row]
    block.raw.update(zip(kept.tolist(), fetch(kept) if len(kept) else [], strict=True))


def _without(block: Block, stage: str) -> npt.NDArray[np.bool_]:
    """Return a mask of the rows without any number of an evaluation."""
    without = np.ones(len(block), np.bool_)
    for name in EVALUATION_FIELDS:
        column = block.columns.get(stage + name)
        if column is not None:
            without &= np.zeros(len(block), np.bool_) if column.missing is None else column.missing
    return without
