"""From blocks of rows to the content of a table: cells in ascending hash order, each with its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.blocks import Block, Cells
from nasbench_pytorch.table.columns import Array, Column, join, smallest_unsigned, take

RowIndices = npt.NDArray[np.int64]


@dataclass
class Content:
    """All of a table, in memory.

    Attributes:
        cells: distinct cells in ascending hash order.
        row_starts: where each cell's rows begin, and where the last one's end.
        epochs: for each row its budget.
        repeats: for each row its repeat.
        columns: the rows' numbers by field.
        positions: for each row its place in the file it came from, None where that is the order here.
        raw: row → the record it came as, where the columns do not give it back byte for byte.
        own: further columns of the rows.
        own_cells: further columns of the cells.
    """

    cells: Cells
    row_starts: RowIndices
    epochs: Array
    repeats: Array
    columns: dict[str, Column]
    positions: Array | None = None
    raw: dict[int, bytes] = field(default_factory=dict)
    own: dict[str, pa.Array] = field(default_factory=dict)
    own_cells: dict[str, pa.Array] = field(default_factory=dict)


def assemble(
    blocks: list[Block], images: int, fetch: Callable[[RowIndices], list[bytes]] | None = None
) -> Content:
    """Put the rows of all blocks in order; the blocks' columns are taken out of them, to save memory.

    Where records name the same hash with another graph or parameter count, the first stands for the cell, as in the
    original, and the others are kept as they came.

    Args:
        blocks: at least one row in all.
        images: evaluation images, for columns that were narrowed differently.
        fetch: gives the records at some places of the file, for those that differ from their cell's first.

    Raises:
        InputError: there is no row, or such records and no `fetch`.
    """
    if not sum(map(len, blocks)):
        raise InputError("there is no row to make a table of; a table has at least one")
    runs = _join_cells([block.cells for block in blocks])
    shown, group, first = _group(runs)
    bases = np.cumsum([0, *(len(block.cells) for block in blocks)])
    row_run = np.concatenate([block.row_cell + base for block, base in zip(blocks, bases, strict=False)])
    raw, base = {}, 0
    for block in blocks:
        raw.update({base + row: text for row, text in block.raw.items()})
        base += len(block)
    odd = np.flatnonzero(_differing(runs, first)[row_run])
    if len(odd):
        if fetch is None:
            raise InputError(
                f"hash {runs.hashes[row_run[odd[0]]].tobytes().hex()} comes with two different graphs or parameter "
                "counts; a table has one of each for a hash"
            )
        raw.update(zip(odd.tolist(), fetch(odd), strict=True))
    row_cell = group[row_run]
    order = None if np.all(row_cell[:-1] <= row_cell[1:]) else np.argsort(row_cell, kind="stable")
    return _ordered(blocks, images, _choose_cells(runs, shown), shown, row_cell, order, raw)


def _ordered(
    blocks: list[Block],
    images: int,
    cells: Cells,
    shown: RowIndices,
    row_cell: RowIndices,
    order: RowIndices | None,
    raw: dict[int, bytes],
) -> Content:
    """The content once it is known which cell each row belongs to and in which order the rows stand."""
    from nasbench_pytorch.table.compiled.cells import number_repeats

    row_starts = np.searchsorted(row_cell if order is None else row_cell[order], np.arange(len(cells) + 1))
    epochs = smallest_unsigned(_in_order([block.epochs for block in blocks], order))
    if blocks[0].repeats is None:
        repeats = number_repeats(row_starts, epochs)
    else:
        repeats = _in_order([block.repeats for block in blocks if block.repeats is not None], order)
    columns = {}
    for name in list(blocks[0].columns):
        column = join(name, [block.columns.pop(name) for block in blocks], images)
        columns[name] = column if order is None else take(column, order)
    own = {name: pa.concat_arrays([block.own[name] for block in blocks]) for name in blocks[0].own}
    own_cells = {name: pa.concat_arrays([block.own_cells[name] for block in blocks]) for name in blocks[0].own_cells}
    if order is not None:
        own = {name: values.take(pa.array(order)) for name, values in own.items()}
        if raw:
            place = np.empty(len(order), np.int64)
            place[order] = np.arange(len(order))
            raw = {int(place[row]): text for row, text in raw.items()}
    return Content(
        cells,
        row_starts,
        epochs,
        smallest_unsigned(repeats),
        columns,
        None if order is None else smallest_unsigned(order),
        dict(sorted(raw.items())),
        own,
        {name: values.take(pa.array(shown)) for name, values in own_cells.items()},
    )


def _in_order(parts: Sequence[Array], order: RowIndices | None) -> Array:
    joined = np.concatenate(parts)
    return joined if order is None else joined[order]


def _join_cells(parts: list[Cells]) -> Cells:
    return Cells(*(np.concatenate([getattr(part, name) for part in parts]) for name in Cells.__dataclass_fields__))


def _group(runs: Cells) -> tuple[RowIndices, RowIndices, RowIndices]:
    """Equal hashes among cells: the first of each in ascending hash order; each one's group; each one's first."""
    high, low = runs.keys()
    order = np.lexsort((low, high))
    high, low = high[order], low[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(begins) - 1
    shown = order[begins]
    return shown, group, shown[group]


def _differing(runs: Cells, first: RowIndices) -> npt.NDArray[np.bool_]:
    """Which cells are not the same in all but the hash as the one that stands for them."""
    from nasbench_pytorch.table.compiled.cells import differs

    marked = runs.parameters != runs.parameters[first]
    differs(runs.adjacency, runs.matrix_starts(), first, marked)
    differs(runs.operations, runs.vertex_starts(), first, marked)
    return marked


def _choose_cells(runs: Cells, chosen: RowIndices) -> Cells:
    from nasbench_pytorch.table.compiled.cells import gather

    vertices = runs.vertices[chosen]
    adjacency = np.empty(int((vertices**2).sum()), np.uint8)
    operations = np.empty(int(vertices.sum()), np.uint8)
    gather(runs.adjacency, runs.matrix_starts(), chosen, adjacency)
    gather(runs.operations, runs.vertex_starts(), chosen, operations)
    return Cells(runs.hashes[chosen], vertices, runs.parameters[chosen], adjacency, operations)
