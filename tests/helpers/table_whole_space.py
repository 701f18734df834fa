"""A table of all cells of a space, with one invented training each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.table.storage.encoded_column import Column, Encoding
from nasbench_pytorch.table.storage.fields import ROW_FIELDS, is_accuracy
from nasbench_pytorch.table.storage.row_block import Cells
from nasbench_pytorch.table.storage.schema import Metadata
from nasbench_pytorch.table.storage.sort_rows import Content
from nasbench_pytorch.table.storage.writer import write_content

if TYPE_CHECKING:
    from nasbench_pytorch.space import SearchSpace


def write_whole_space(
    path: Path,
    space: SearchSpace,
    budgets: tuple[int, ...] = (108,),
    leave_out: int | None = None,
    change: int | None = None,
) -> None:
    """Write a table of one training for each cell and budget.

    Args:
        path: the `.arrow` file.
        space: the cells.
        budgets: epochs.
        leave_out: row of a cell that the table lacks.
        change: row of a cell whose hash is another one in the table, at the same place in the order.
    """
    kept = np.ones(len(space), bool)
    if leave_out is not None:
        kept[leave_out] = False
    columns = space.columns.take(kept)
    hashes = columns.hash.copy()
    if change is not None:
        hashes[change, -1] ^= 1
    vertices = columns.vertices.astype(np.int64)
    adjacency, operations = [], []
    parts = {size: np.flatnonzero(vertices == size) for size in np.unique(vertices).tolist()}
    for size, rows in parts.items():
        source, target = np.triu_indices(size, 1)
        matrices = np.zeros((len(rows), size, size), np.uint8)
        bits = columns.adjacency[rows].astype(np.int64)
        matrices[:, source, target] = bits[:, None] >> (source + target * (target - 1) // 2) & 1
        codes = np.full((len(rows), size), len(space.bounds.operations) + 1, np.uint8)
        codes[:, 0], codes[:, 1:-1] = 0, columns.operations[rows, : size - 2] + 1
        adjacency.append((rows, matrices.reshape(len(rows), -1)))
        operations.append((rows, codes))
    number = np.arange(len(vertices) * len(budgets))
    epochs = np.tile(np.array(budgets, np.uint8), len(vertices))
    content = Content(
        Cells(
            hashes,
            vertices,
            columns.trainable_parameters.astype(np.int64),
            _in_order(adjacency, vertices**2),
            _in_order(operations, vertices),
        ),
        np.arange(0, len(number) + 1, len(budgets)),
        epochs,
        np.zeros(len(number), np.uint8),
        {name: _column(name, number, epochs) for name in ROW_FIELDS},
    )
    write_content(path, content, ["input", *space.bounds.operations, "output"], Metadata(rows=0, epochs=(), repeats=0))


def _in_order(parts: list[tuple[np.ndarray, np.ndarray]], lengths: np.ndarray) -> np.ndarray:
    """Concatenate the values of all cells, which come by size."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    joined = np.empty(starts[-1], np.uint8)
    for rows, values in parts:
        joined[starts[rows][:, None] + np.arange(values.shape[1])] = values
    return joined


def _column(name: str, number: np.ndarray, epochs: np.ndarray) -> Column:
    if is_accuracy(name):
        return Column(Encoding.COUNT, (number % 9985).astype(np.uint16))
    return Column(Encoding.FLOAT32, (number % 1000 if name.endswith("time") else epochs).astype(np.float32))
