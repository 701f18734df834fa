"""Two tables to one."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.storage.encoded_column import narrow, take
from nasbench_pytorch.table.storage.fields import ROW_FIELDS
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Block, Cells, Vocabulary
from nasbench_pytorch.table.storage.schema import Metadata
from nasbench_pytorch.table.storage.sort_rows import BlockJoiner, assemble, same_hashes
from nasbench_pytorch.table.storage.writer import write_content
from nasbench_pytorch.table.tfrecord.importer import USUAL_OPERATIONS

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

OnConflict = Literal["error", "first", "last", "renumber"]


@dataclass(frozen=True)
class MergeReport:
    """What a merge did.

    Attributes:
        metadata: the new table's.
        same: rows that both tables have, with the same numbers; kept once.
        conflicts: rows that both have, with different numbers; dealt with as was asked.
    """

    metadata: Metadata
    same: int
    conflicts: int


def merge(
    first: TableFile, second: TableFile, out: str | os.PathLike[str], on_conflict: OnConflict = "error"
) -> MergeReport:
    """Write a table with the rows of both. A cell that both have is shown by the first one's graph.

    Args:
        first: a table.
        second: another, of the same evaluation size and skeleton.
        out: the `.arrow` file to write; may be one of the two.
        on_conflict: what to do where both have a (cell, epochs, repeat) with different numbers: refuse; keep the
            first's or the last's; or renumber the second's as a further repeat.

    Raises:
        InputError: the tables do not go together, or there is a conflict and `on_conflict` is `error`.
        OSError: the table cannot be written.
    """
    metadata = _common_metadata(first, second)
    vocabulary = Vocabulary(USUAL_OPERATIONS)
    joiner = BlockJoiner(metadata.evaluation_images)
    for table, other in ((first, second), (second, first)):
        joiner.append(_block_of(table, other, vocabulary))
    block = joiner.block()
    shown = same_hashes(block.cells)
    other_counts = np.flatnonzero(block.cells.parameters != block.cells.parameters[shown])
    if len(other_counts):
        raise InputError(
            f"cell {block.cells.hashes[other_counts[0]].tobytes().hex()} has another number of trainable parameters "
            f"in {second.path.name} than in {first.path.name}; tables of different skeletons cannot be merged"
        )
    block.row_cell = shown[block.row_cell].astype(np.int32)
    block, same, conflicts = _without_conflicts(block, on_conflict)
    content = assemble(block)
    content.positions = None
    return MergeReport(write_content(out, content, vocabulary.names, metadata), same, conflicts)


def _common_metadata(first: TableFile, second: TableFile) -> Metadata:
    a, b = first.metadata, second.metadata
    for name in ("evaluation_images", "images_by_set", "skeleton"):
        here, there = getattr(a, name), getattr(b, name)
        if here != there and None not in (here, there):
            raise InputError(
                f"{first.path.name} and {second.path.name} have different {name} ({here} and {there}); their numbers "
                "do not belong in one table"
            )
    known = min(len(a.available_ops), len(b.available_ops))
    if a.available_ops[:known] != b.available_ops[:known]:
        raise InputError(f"the tables label operations differently ({a.available_ops} and {b.available_ops})")
    return dataclasses.replace(
        a,
        skeleton=a.skeleton or b.skeleton,
        module_vertices=max(a.module_vertices, b.module_vertices),
        max_edges=max(a.max_edges, b.max_edges),
        available_ops=max(a.available_ops, b.available_ops, key=len),
        source=None,
        about=a.about if a.about == b.about else {},
        written_by="",
    )


def _block_of(table: TableFile, other: TableFile, vocabulary: Vocabulary) -> Block:
    """A table as a block; columns that only the other one has are null here."""
    parameters, unknown = table.parameters
    known = parameters.astype(np.int64)
    if unknown is not None:
        known[unknown] = NO_PARAMETERS
    codes = np.array([vocabulary.code(name) for name in table.operation_names], np.uint8)
    cells = Cells(
        table.hashes,
        np.diff(table.operation_codes[1]).astype(np.int64),
        known,
        table.adjacency[0],
        codes[table.operation_codes[0]],
    )
    everything = slice(0, table.rows)
    columns = {
        name: narrow(name, table.values(name, everything), table.missing(name), table.metadata.evaluation_images)
        for name in ROW_FIELDS
    }
    raw = {}
    if table.records is not None:
        kept = np.flatnonzero(table.records.is_valid().to_numpy(zero_copy_only=False)).tolist()
        raw = {row: table.records[row].as_py() for row in kept}
    row_cell = np.repeat(np.arange(table.cells, dtype=np.int32), np.diff(table.row_starts))
    own = _own(table.own_columns, other.own_columns, table.own_column, other.own_column, table.rows)
    own_cells = _own(
        table.own_cell_columns, other.own_cell_columns, table.own_cell_column, other.own_cell_column, table.cells
    )
    return Block(cells, row_cell, table.epochs, columns, table.repeats, raw, own, own_cells)


def _own(names: tuple[str, ...], others: tuple[str, ...], read: Any, read_other: Any, size: int) -> dict[str, pa.Array]:
    columns = {name: read(name) for name in names}
    for name in others:
        kind = read_other(name).type
        if name not in columns:
            columns[name] = pa.nulls(size, kind)
        elif columns[name].type != kind:
            try:
                wide = pa.unify_schemas(
                    [pa.schema([(name, columns[name].type)]), pa.schema([(name, kind)])], promote_options="permissive"
                )
            except (pa.ArrowInvalid, pa.ArrowTypeError):
                raise InputError(
                    f"column '{name}' is {columns[name].type} in one table and {kind} in the other"
                ) from None
            columns[name] = columns[name].cast(wide.field(name).type)
    return dict(sorted(columns.items()))


def _without_conflicts(block: Block, on_conflict: OnConflict) -> tuple[Block, int, int]:
    """The block with one row for each (cell, epochs, repeat); how many rows were the same, and how many conflicted."""
    assert block.repeats is not None
    order = np.lexsort((block.repeats, block.epochs, block.row_cell))
    keys = np.stack([block.row_cell[order], block.epochs[order], block.repeats[order]])
    again = np.flatnonzero((keys[:, 1:] == keys[:, :-1]).all(axis=0))
    earlier, later = order[again], order[again + 1]
    equal = np.ones(len(again), np.bool_)
    for column in block.columns.values():
        bits = np.ascontiguousarray(column.stored).view(f"u{column.stored.itemsize}")
        equal &= bits[earlier] == bits[later]
        if column.missing is not None:
            equal &= column.missing[earlier] == column.missing[later]
    conflicts = np.flatnonzero(~equal)
    if len(conflicts) and on_conflict == "error":
        row = int(earlier[conflicts[0]])
        raise InputError(
            f"both tables have repeat {block.repeats[row]} of cell "
            f"{block.cells.hashes[block.row_cell[row]].tobytes().hex()} at {block.epochs[row]} epochs, with different "
            f"numbers ({len(conflicts):,} such rows); choose with --on-conflict first, last or renumber"
        )
    dropped = np.zeros(len(block), np.bool_)
    dropped[later[equal]] = True
    if on_conflict == "first":
        dropped[later[conflicts]] = True
    elif on_conflict == "last":
        dropped[earlier[conflicts]] = True
    elif on_conflict == "renumber":
        _renumber(block, later[conflicts])
    return _take_rows(block, np.flatnonzero(~dropped)), int(equal.sum()), len(conflicts)


def _renumber(block: Block, rows: npt.NDArray[np.int64]) -> None:
    """Give rows the next free repeats of their cell and budget."""
    assert block.repeats is not None
    affected = np.isin(block.row_cell, block.row_cell[rows])
    taken: dict[tuple[int, int], int] = {}
    for row in np.flatnonzero(affected).tolist():
        key = int(block.row_cell[row]), int(block.epochs[row])
        taken[key] = max(taken.get(key, -1), int(block.repeats[row]))
    for row in rows.tolist():
        key = int(block.row_cell[row]), int(block.epochs[row])
        taken[key] += 1
        block.repeats[row] = taken[key]


def _take_rows(block: Block, rows: npt.NDArray[np.int64]) -> Block:
    assert block.repeats is not None
    place = {int(row): index for index, row in enumerate(rows)} if block.raw else {}
    return Block(
        block.cells,
        block.row_cell[rows],
        block.epochs[rows],
        {name: take(column, rows) for name, column in block.columns.items()},
        block.repeats[rows],
        {place[row]: text for row, text in block.raw.items() if row in place},
        {name: values.take(pa.array(rows)) for name, values in block.own.items()},
        block.own_cells,
    )
