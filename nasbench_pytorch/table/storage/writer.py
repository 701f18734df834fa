"""Write a table file."""

from __future__ import annotations

import dataclasses
import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

import nasbench_pytorch
from nasbench_pytorch.arrow_digest import DIGEST_KEY, NO_DIGEST, DigestingStream
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.space import CANONICAL_OPERATIONS
from nasbench_pytorch.table.export.file_endings import check_ending
from nasbench_pytorch.table.storage.encoded_column import Array, Column, Encoding, widen
from nasbench_pytorch.table.storage.fields import ROW_FIELDS, describe, is_accuracy
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Cells
from nasbench_pytorch.table.storage.schema import ENCODING_KEY, METADATA_KEY, Metadata

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.sort_rows import Content

_ROWS_AT_A_TIME = 1 << 16
_UNITS = {described.name: described.unit for described in describe()}


def write_content(path: str | os.PathLike[str], content: Content, names: list[str], metadata: Metadata) -> Metadata:
    """Write a table, atomically.

    Args:
        path: the `.arrow` file.
        content: cells and rows; its columns are removed while they are written, to save memory.
        names: names of the operations by code.
        metadata: facts that the content does not show; the other fields are derived from the content.

    Returns:
        The metadata as written.

    Raises:
        InputError: the file's name ends as that of another format.
        OSError: the folder is missing or read-only, or the disk is full.
    """
    check_ending(path, "arrow")
    rows, metadata = _row_struct(content, metadata)
    metadata = _filled_in(metadata, content, names)
    arrays = _cell_arrays(content.cells, names)
    arrays["rows"] = (pa.ListArray.from_arrays(pa.array(content.row_starts, pa.int32()), rows), {})
    arrays |= {name: (values, {}) for name, values in content.extra_cell_columns.items()}
    fields = [pa.field(name, array.type, metadata=notes or None) for name, (array, notes) in arrays.items()]
    schema = pa.schema(fields, metadata={METADATA_KEY: metadata.to_bytes()})
    write_batch(path, pa.record_batch([array for array, _ in arrays.values()], schema=schema))
    return metadata


def write_batch(path: str | os.PathLike[str], batch: pa.RecordBatch) -> None:
    """Write the batch of a table, with a digest of the file in its metadata, atomically.

    Raises:
        OSError: the folder is missing or read-only, or the disk is full.
    """
    batch = batch.replace_schema_metadata({**batch.schema.metadata, DIGEST_KEY: NO_DIGEST})
    with atomic_write(path) as stream:
        digesting = DigestingStream(stream)
        with pa.ipc.new_file(digesting, batch.schema) as writer:
            writer.write_batch(batch)
        digesting.fill_in()


def _cell_arrays(cells: Cells, names: list[str]) -> dict[str, tuple[pa.Array, dict[bytes, bytes]]]:
    hashes = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(cells), [None, pa.py_buffer(np.ascontiguousarray(cells.hashes))]
    )
    codes = pa.DictionaryArray.from_arrays(pa.array(cells.operations), pa.array(names, pa.string()))
    unknown = cells.parameters == NO_PARAMETERS
    parameters = np.where(unknown, 0, cells.parameters).astype(np.int32)
    return {
        "hash": (hashes, {}),
        "search_key": (pa.array(cells.keys()[0]), {b"meaning": b"first 8 bytes of the hash, big-endian"}),
        "adjacency": (pa.ListArray.from_arrays(_offsets(cells.matrix_starts()), pa.array(cells.adjacency)), {}),
        "operations": (pa.ListArray.from_arrays(_offsets(cells.vertex_starts()), codes), {}),
        "trainable_parameters": (pa.array(parameters, mask=unknown if unknown.any() else None), {}),
    }


def _offsets(starts: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Array:
    return pa.array(starts.astype(np.int32))


def _row_struct(content: Content, metadata: Metadata) -> tuple[pa.StructArray, Metadata]:
    """Return the rows, and the metadata with the fields that need no column."""
    arrays: list[pa.Array] = [pa.array(content.epochs), pa.array(content.repeats)]
    fields = [pa.field("epochs", arrays[0].type), pa.field("repeat", arrays[1].type)]
    constants: dict[str, float] = {}
    shares: dict[str, float] = {}
    absent = []
    for name in ROW_FIELDS:
        column = content.columns.pop(name, None)
        if column is None:
            absent.append(name)
        elif (constant := _constant(column, metadata.evaluation_images)) is not None:
            constants[name] = constant
        elif (share := _share(column, content, name)) is not None:
            shares[name] = share
        else:
            array = pa.array(column.stored, mask=column.missing)
            arrays.append(array)
            fields.append(_number_field(name, array.type, column.encoding, metadata.evaluation_images))
    if content.positions is not None:
        arrays.append(pa.array(content.positions))
        fields.append(pa.field("position", arrays[-1].type))
    if content.raw:
        arrays.append(pa.array([content.raw.get(row) for row in range(len(content.epochs))], pa.large_binary()))
        fields.append(pa.field("record", arrays[-1].type))
    for name, values in content.extra_columns.items():
        arrays.append(values)
        fields.append(pa.field(name, values.type))
    metadata = dataclasses.replace(metadata, constants=constants, shares_of_epochs=shares, absent_fields=tuple(absent))
    return pa.StructArray.from_arrays(arrays, fields=fields), metadata


def column_name(name: str, encoding: Encoding) -> str:
    """Return the name of a field's column: `…_correct` for an accuracy that is stored as a count."""
    if encoding in (Encoding.COUNT, Encoding.COUNT64):
        return name.removesuffix("accuracy") + "correct"
    return name


def _number_field(name: str, kind: pa.DataType, encoding: Encoding, images: int) -> pa.Field:
    counts = is_accuracy(name) and encoding in (Encoding.COUNT, Encoding.COUNT64)
    unit = f"images of {images}" if counts else _UNITS[name]
    notes = {ENCODING_KEY: encoding.value.encode(), b"field": name.encode(), b"unit": unit.encode()}
    return pa.field(column_name(name, encoding), kind, metadata=notes)


def _constant(column: Column, images: int) -> float | None:
    """Return the one finite value of a column; None if values differ or are missing."""
    if column.missing is not None or not bool(np.all(column.stored == column.stored[0])):
        return None
    value = float(widen(Column(column.encoding, column.stored[:1]), images)[0])
    signs = np.signbit(column.stored) if column.stored.dtype.kind == "f" else np.zeros(1, np.bool_)
    return value if math.isfinite(value) and bool(np.all(signs == signs[0])) else None


def _share(column: Column, content: Content, name: str) -> float | None:
    """Return the ratio of a column to the epochs; None if rows have different ratios."""
    if not name.endswith("current_epoch") or column.missing is not None or not content.epochs[0]:
        return None
    share = float(column.stored[0]) / float(content.epochs[0])
    if not math.isfinite(share):
        return None
    for start in range(0, len(content.epochs), _ROWS_AT_A_TIME):
        rows = slice(start, start + _ROWS_AT_A_TIME)
        expected = content.epochs[rows].astype(np.float64) * share
        if not np.array_equal(expected.view(np.uint64), column.stored[rows].astype(np.float64).view(np.uint64)):
            return None
    return share


def _distinct(values: Array) -> tuple[int, ...]:
    """Return the distinct values in ascending order, found piece by piece: sorting all would double the memory."""
    pieces = (values[start : start + _ROWS_AT_A_TIME] for start in range(0, len(values), _ROWS_AT_A_TIME))
    return tuple(sorted({int(value) for piece in pieces for value in np.unique(piece)}))


def _filled_in(metadata: Metadata, content: Content, names: list[str]) -> Metadata:
    cells = content.cells
    edges = np.add.reduceat(cells.adjacency, cells.matrix_starts()[:-1], dtype=np.uint16)
    ends = cells.vertex_starts()
    inner = np.ones(len(cells.operations), np.bool_)
    inner[ends[:-1]] = inner[ends[1:] - 1] = False
    used = [names[code] for code in np.unique(cells.operations[inner])]
    known = metadata.available_ops or CANONICAL_OPERATIONS
    return dataclasses.replace(
        metadata,
        rows=len(content.epochs),
        epochs=_distinct(content.epochs),
        repeats=int(content.repeats.max()) + 1,
        module_vertices=max(metadata.module_vertices, int(cells.vertices.max())),
        max_edges=max(metadata.max_edges, int(edges.max())),
        available_ops=(*known, *sorted(set(used) - set(known))),
        written_by=metadata.written_by or f"nasbench-pytorch {nasbench_pytorch.__version__}",
    )
