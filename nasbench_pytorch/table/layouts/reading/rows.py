"""Blocks of rows from the arrays that a layout's reader makes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.storage.encoded_column import Column, narrow
from nasbench_pytorch.table.storage.row_block import Block, Cells


def block_of(
    cells: Cells,
    row_cell: npt.NDArray[np.integer],
    epochs: npt.NDArray[np.integer],
    values: Mapping[str, npt.NDArray[np.float64]],
    images: int,
    missing: Mapping[str, npt.NDArray[np.bool_]] | None = None,
) -> Block:
    """Return rows as a block; repeats are numbered in the order of the rows.

    Args:
        cells: the cells.
        row_cell: cell number of each row.
        epochs: budget of each row.
        values: numbers by field; the layout lacks the other fields.
        images: evaluation images.
        missing: masks of the rows that lack a field.
    """
    masks = missing or {}
    columns: dict[str, Column] = {
        name: narrow(name, np.ascontiguousarray(numbers, np.float64), masks.get(name), images)
        for name, numbers in values.items()
    }
    return Block(cells, row_cell.astype(np.int32), epochs.astype(np.uint32), columns)


def mean_rows(
    cells: Cells,
    epochs: int,
    values: Mapping[str, npt.NDArray[np.float64]],
    images: int,
    missing: Mapping[str, npt.NDArray[np.bool_]] | None = None,
) -> Block:
    """Return a block with one row for each cell, for layouts that hold only means over the trainings of one budget.

    Args:
        cells: the cells.
        epochs: the budget.
        values: means by field, one for each cell.
        images: evaluation images.
        missing: masks of the cells that lack a field.
    """
    count = len(cells)
    finals = {"current_epoch": np.full(count, float(epochs)), **values}
    return block_of(cells, np.arange(count), np.full(count, epochs), finals, images, missing)
