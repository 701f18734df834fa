"""Sort a block of rows into the content of a table: cells in ascending hash order, each with its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.storage.encoded_column import Array, Column, smallest_unsigned, take
from nasbench_pytorch.table.storage.row_block import Block, Cells

RowIndices = npt.NDArray[np.int64]


@dataclass
class Content:
    """A whole table in memory.

    Attributes:
        cells: distinct cells in ascending hash order.
        row_starts: where the rows of each cell begin, and where the last row ends.
        epochs: budget of each row.
        repeats: repeat of each row.
        columns: the rows' numbers by field.
        positions: each row's position in the imported file; None if the file has the order of the table.
        raw: row → its original record, where the columns do not reproduce it byte for byte.
        extra_columns: extra columns of the rows.
        extra_cell_columns: extra columns of the cells.
    """

    cells: Cells
    row_starts: RowIndices
    epochs: Array
    repeats: Array
    columns: dict[str, Column]
    positions: Array | None = None
    raw: dict[int, bytes] = field(default_factory=dict)
    extra_columns: dict[str, pa.Array] = field(default_factory=dict)
    extra_cell_columns: dict[str, pa.Array] = field(default_factory=dict)


def assemble(block: Block, fetch: Callable[[RowIndices], list[bytes]] | None = None) -> Content:
    """Sort the rows of a block. Its columns are removed from it, to save memory.

    If rows of one hash have different graphs or parameter counts, the first row decides the cell, as in the original.
    The table keeps the original records of the other rows.

    Args:
        block: at least one row.
        fetch: returns the original records of rows that differ from the first row of their cell.

    Raises:
        InputError: there is no row, or rows of one hash differ and `fetch` is None.
    """
    if not len(block):
        raise InputError("no rows to write; a table has at least one")
    runs = block.cells
    shown, group, first = _group(runs)
    raw = dict(block.raw)
    odd = np.flatnonzero(_differing(runs, first)[block.row_cell])
    if len(odd):
        if fetch is None:
            raise InputError(
                f"hash {runs.hashes[block.row_cell[odd[0]]].tobytes().hex()} has two different graphs or "
                "parameter counts; a table holds one graph and one parameter count for each hash"
            )
        raw.update(zip(odd.tolist(), fetch(odd), strict=True))
    row_cell = group[block.row_cell]
    order = None if np.all(row_cell[:-1] <= row_cell[1:]) else np.argsort(row_cell, kind="stable")
    return _ordered(block, choose_cells(runs, shown), shown, row_cell, order, raw)


def _ordered(
    block: Block,
    cells: Cells,
    shown: RowIndices,
    row_cell: npt.NDArray[np.int32],
    order: RowIndices | None,
    raw: dict[int, bytes],
) -> Content:
    """Build the content, given the cell of each row and the order of the rows."""
    from nasbench_pytorch.table.storage.compiled_order import number_repeats

    row_starts = np.searchsorted(row_cell if order is None else row_cell[order], np.arange(len(cells) + 1))
    epochs = smallest_unsigned(block.epochs if order is None else block.epochs[order])
    if block.repeats is None:
        repeats = number_repeats(row_starts, epochs)
    else:
        repeats = block.repeats if order is None else block.repeats[order]
    columns, extra_columns = block.columns, block.extra_columns
    if order is not None:
        columns = {name: take(columns.pop(name), order) for name in list(columns)}
        extra_columns = {name: values.take(pa.array(order)) for name, values in extra_columns.items()}
        if raw:
            new_row = np.empty(len(order), np.int64)
            new_row[order] = np.arange(len(order))
            raw = {int(new_row[row]): text for row, text in raw.items()}
    return Content(
        cells,
        row_starts,
        epochs,
        smallest_unsigned(repeats),
        columns,
        None if order is None else smallest_unsigned(order),
        dict(sorted(raw.items())),
        extra_columns,
        {name: values.take(pa.array(shown)) for name, values in block.extra_cell_columns.items()},
    )


def _group(runs: Cells) -> tuple[RowIndices, npt.NDArray[np.int32], RowIndices]:
    """Group cells by hash.

    Returns:
        The first cell of each group, in ascending hash order; the group of each cell; the first cell of its group.
    """
    high, low = runs.keys()
    order = np.lexsort((low, high))
    high, low = high[order], low[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    group: npt.NDArray[np.int32] = np.empty(len(order), np.int32)
    group[order] = np.cumsum(begins) - 1
    shown: RowIndices = order[begins]
    return shown, group, shown[group]


def same_hashes(cells: Cells) -> RowIndices:
    """Return for each cell the first cell with the same hash."""
    return _group(cells)[2]


def _differing(runs: Cells, first: RowIndices) -> npt.NDArray[np.bool_]:
    """Return a mask of the cells whose graph or parameter count differs from the first cell of their hash."""
    from nasbench_pytorch.table.storage.compiled_order import differs

    marked: npt.NDArray[np.bool_] = runs.parameters != runs.parameters[first]
    differs(runs.adjacency, runs.matrix_starts(), first, marked)
    differs(runs.operations, runs.vertex_starts(), first, marked)
    return marked


def choose_cells(runs: Cells, chosen: RowIndices) -> Cells:
    """Return some of the cells."""
    from nasbench_pytorch.table.storage.compiled_order import gather

    vertices = runs.vertices[chosen]
    adjacency = np.empty(int((vertices**2).sum()), np.uint8)
    operations = np.empty(int(vertices.sum()), np.uint8)
    gather(runs.adjacency, runs.matrix_starts(), chosen, adjacency)
    gather(runs.operations, runs.vertex_starts(), chosen, operations)
    return Cells(runs.hashes[chosen], vertices, runs.parameters[chosen], adjacency, operations)
