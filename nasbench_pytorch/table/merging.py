"""Merge two tables into one."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.merge_conflicts import OnConflict, resolve_conflicts
from nasbench_pytorch.table.storage.encoded_column import narrow
from nasbench_pytorch.table.storage.fields import ROW_FIELDS
from nasbench_pytorch.table.storage.join_blocks import BlockJoiner
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Block, Cells, Vocabulary
from nasbench_pytorch.table.storage.schema import Metadata
from nasbench_pytorch.table.storage.sort_rows import assemble, same_hashes
from nasbench_pytorch.table.storage.writer import write_content
from nasbench_pytorch.table.tfrecord.importer import USUAL_OPERATIONS

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile


@dataclass(frozen=True)
class MergeReport:
    """Outcome of a merge.

    Attributes:
        metadata: metadata of the new table.
        same: rows that both tables have with the same numbers; each is kept once.
        conflicts: rows that both tables have with different numbers; `on_conflict` decided about them.
    """

    metadata: Metadata
    same: int
    conflicts: int


def merge(
    first: TableFile, second: TableFile, out: str | os.PathLike[str], on_conflict: OnConflict = "error"
) -> MergeReport:
    """Write a table with the rows of two tables. A cell that both have is shown by the first table's graph.

    Args:
        first: a table.
        second: a table of the same evaluation size and skeleton.
        out: the `.arrow` file to write; it may be one of the two.
        on_conflict: how to treat a (cell, epochs, repeat) that both have with different numbers: `error` raises an
            error, `first` and `last` keep the row of the first or second table, `renumber` adds the second table's row
            as a further repeat.

    Raises:
        InputError: the tables are incompatible, or there is a conflict and `on_conflict` is `error`.
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
    assert block.repeats is not None
    resolved = resolve_conflicts(block, block.repeats, on_conflict)
    content = assemble(resolved.block)
    content.positions = None
    written = write_content(out, content, vocabulary.names, metadata)
    return MergeReport(written, resolved.same, resolved.conflicts)


def _common_metadata(first: TableFile, second: TableFile) -> Metadata:
    a, b = first.metadata, second.metadata
    for name in ("evaluation_images", "images_by_set", "skeleton"):
        value_a, value_b = getattr(a, name), getattr(b, name)
        if value_a != value_b and None not in (value_a, value_b):
            raise InputError(
                f"{first.path.name} and {second.path.name} have different {name} ({value_a} and {value_b}); only "
                "tables of the same evaluation size and skeleton can be merged"
            )
    known = min(len(a.available_ops), len(b.available_ops))
    if a.available_ops[:known] != b.available_ops[:known]:
        raise InputError(
            f"{first.path.name} and {second.path.name} label operations differently ({a.available_ops} and "
            f"{b.available_ops}); only tables with the same order of operations can be merged"
        )
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
    """Return a table as a block; extra columns that only `other` has are null."""
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
        if not (name in table.metadata.absent_fields and name in other.metadata.absent_fields)
    }
    raw = {}
    if table.records is not None:
        kept = np.flatnonzero(table.records.is_valid().to_numpy(zero_copy_only=False)).tolist()
        raw = {row: table.records[row].as_py() for row in kept}
    row_cell = np.repeat(np.arange(table.cells, dtype=np.int32), np.diff(table.row_starts))
    extra_columns = _with_missing(
        {name: table.extra_column(name) for name in table.extra_columns},
        other.extra_columns,
        other.extra_column,
        table.rows,
    )
    extra_cell_columns = _with_missing(
        {name: table.extra_cell_column(name) for name in table.extra_cell_columns},
        other.extra_cell_columns,
        other.extra_cell_column,
        table.cells,
    )
    return Block(cells, row_cell, table.epochs, columns, table.repeats, raw, extra_columns, extra_cell_columns)


def _with_missing(
    columns: dict[str, pa.Array], others: tuple[str, ...], read_other: Callable[[str], pa.Array], size: int
) -> dict[str, pa.Array]:
    """Return a table's extra columns with the types of both tables, and nulls for columns of the other one."""
    columns = dict(columns)
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
                    f"column '{name}' is {columns[name].type} in one table and {kind} in the other; use one type"
                ) from None
            columns[name] = columns[name].cast(wide.field(name).type)
    return dict(sorted(columns.items()))
