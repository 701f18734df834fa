"""From blocks of rows to the content of a table: cells in ascending hash order, each with its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.storage.encoded_column import (
    Array,
    Column,
    GrowingArray,
    GrowingColumn,
    smallest_unsigned,
    take,
)
from nasbench_pytorch.table.storage.row_block import Block, Cells

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


class BlockJoiner:
    """Takes block after block of the same fields and makes them one.

    Args:
        images: evaluation images.
    """

    def __init__(self, images: int) -> None:
        self._images = images
        self._cells: list[Cells] = []
        self._cell_count = 0
        self._row_cell, self._epochs, self._repeats = GrowingArray(), GrowingArray(), GrowingArray()
        self._columns: dict[str, GrowingColumn] = {}
        self._raw: dict[int, bytes] = {}
        self._own: dict[str, list[pa.Array]] = {}
        self._own_cells: dict[str, list[pa.Array]] = {}

    def __len__(self) -> int:
        return len(self._row_cell)

    def append(self, block: Block) -> None:
        """Add the rows of `block` behind those there are."""
        self._raw |= {len(self) + row: text for row, text in block.raw.items()}
        self._row_cell.append(block.row_cell + np.int32(self._cell_count))
        self._epochs.append(block.epochs.astype(np.uint32))
        if block.repeats is not None:
            self._repeats.append(block.repeats.astype(np.uint32))
        for name, column in block.columns.items():
            self._columns.setdefault(name, GrowingColumn(name, self._images)).append(column)
        for kept, given in ((self._own, block.own), (self._own_cells, block.own_cells)):
            for name, values in given.items():
                kept.setdefault(name, []).append(values)
        self._cells.append(block.cells)
        self._cell_count += len(block.cells)

    def block(self) -> Block:
        """What was added, as one block; nothing can be added afterwards."""
        return Block(
            Cells(
                *(np.concatenate([getattr(part, name) for part in self._cells]) for name in Cells.__dataclass_fields__)
            ),
            self._row_cell.array(),
            self._epochs.array(),
            {name: self._columns.pop(name).column() for name in list(self._columns)},
            self._repeats.array() if len(self._repeats) else None,
            self._raw,
            {name: pa.concat_arrays(parts) for name, parts in self._own.items()},
            {name: pa.concat_arrays(parts) for name, parts in self._own_cells.items()},
        )


def assemble(block: Block, fetch: Callable[[RowIndices], list[bytes]] | None = None) -> Content:
    """Put the rows of a block in order; their columns are taken out of it, to save memory.

    Where rows name the same hash with another graph or parameter count, the first stands for the cell, as in the
    original, and the records of the others are kept as they came.

    Args:
        block: at least one row.
        fetch: gives the records at some places of the file, for those that differ from their cell's first.

    Raises:
        InputError: there is no row, or such rows and no `fetch`.
    """
    if not len(block):
        raise InputError("there is no row to make a table of; a table has at least one")
    runs = block.cells
    shown, group, first = _group(runs)
    raw = dict(block.raw)
    odd = np.flatnonzero(_differing(runs, first)[block.row_cell])
    if len(odd):
        if fetch is None:
            raise InputError(
                f"hash {runs.hashes[block.row_cell[odd[0]]].tobytes().hex()} comes with two different graphs or "
                "parameter counts; a table has one of each for a hash"
            )
        raw.update(zip(odd.tolist(), fetch(odd), strict=True))
    row_cell = group[block.row_cell]
    order = None if np.all(row_cell[:-1] <= row_cell[1:]) else np.argsort(row_cell, kind="stable")
    return _ordered(block, _choose_cells(runs, shown), shown, row_cell, order, raw)


def _ordered(
    block: Block,
    cells: Cells,
    shown: RowIndices,
    row_cell: npt.NDArray[np.int32],
    order: RowIndices | None,
    raw: dict[int, bytes],
) -> Content:
    """The content once it is known which cell each row belongs to and in which order the rows stand."""
    from nasbench_pytorch.table.storage.compiled_order import number_repeats

    row_starts = np.searchsorted(row_cell if order is None else row_cell[order], np.arange(len(cells) + 1))
    epochs = smallest_unsigned(block.epochs if order is None else block.epochs[order])
    if block.repeats is None:
        repeats = number_repeats(row_starts, epochs)
    else:
        repeats = block.repeats if order is None else block.repeats[order]
    columns, own = block.columns, block.own
    if order is not None:
        columns = {name: take(columns.pop(name), order) for name in list(columns)}
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
        {name: values.take(pa.array(shown)) for name, values in block.own_cells.items()},
    )


def _group(runs: Cells) -> tuple[RowIndices, npt.NDArray[np.int32], RowIndices]:
    """Equal hashes among cells: the first of each in ascending hash order; each one's group; each one's first."""
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
    """For each cell the first one that has its hash."""
    return _group(cells)[2]


def _differing(runs: Cells, first: RowIndices) -> npt.NDArray[np.bool_]:
    """Which cells are not the same in all but the hash as the one that stands for them."""
    from nasbench_pytorch.table.storage.compiled_order import differs

    marked: npt.NDArray[np.bool_] = runs.parameters != runs.parameters[first]
    differs(runs.adjacency, runs.matrix_starts(), first, marked)
    differs(runs.operations, runs.vertex_starts(), first, marked)
    return marked


def _choose_cells(runs: Cells, chosen: RowIndices) -> Cells:
    from nasbench_pytorch.table.storage.compiled_order import gather

    vertices = runs.vertices[chosen]
    adjacency = np.empty(int((vertices**2).sum()), np.uint8)
    operations = np.empty(int(vertices.sum()), np.uint8)
    gather(runs.adjacency, runs.matrix_starts(), chosen, adjacency)
    gather(runs.operations, runs.vertex_starts(), chosen, operations)
    return Cells(runs.hashes[chosen], vertices, runs.parameters[chosen], adjacency, operations)
