"""File of a search space: Arrow IPC, memory-mapped when read, with a checksum of all columns.

The schema's metadata holds, under `nasbench-pytorch`, a JSON object with the version of the file format, the bounds,
the number of merged cells, the CRC-32 of the columns' bytes in order, and the SHA-256 of all this. Any Arrow reader
opens the file as a table.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.checksum import split_own_digest, with_own_digest
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write, name_for_arrow
from nasbench_pytorch.shapes import checked_record, parse_json
from nasbench_pytorch.space.enumeration.bounds import SpaceBounds
from nasbench_pytorch.space.enumeration.cell_columns import Columns, adjacency_type

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT_VERSION = 2
_METADATA_KEY = b"nasbench-pytorch"


class DamagedSpaceError(InputError):
    """File that does not hold a sound search space."""


@dataclass(frozen=True)
class _Description:
    """What the metadata of a file say; the names are keys of the JSON object."""

    format: int
    bounds: SpaceBounds
    complete: bool
    merged: int
    crc32: int


@dataclass(frozen=True)
class StoredSpace:
    """Content of a file.

    Attributes:
        columns: the cells.
        bounds: bounds of the space.
        complete: False for a subset.
        merged: number of cells left out because of an equal hash; see `build`.
        checksum: CRC-32 of the columns.
    """

    columns: Columns
    bounds: SpaceBounds
    complete: bool
    merged: int
    checksum: int


def columns_to_arrow(columns: Columns) -> pa.Table:
    """Return the columns as an Arrow table, without copying; `hash` and `operations` as fixed-size values."""
    import pyarrow as pa

    arrays: dict[str, Any] = {}
    for name, array in columns.items():
        flat = pa.py_buffer(np.ascontiguousarray(array))
        if name == "hash":
            arrays[name] = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(columns), [None, flat])
        elif name == "operations":
            values = pa.UInt8Array.from_buffers(pa.uint8(), array.size, [None, flat])
            arrays[name] = pa.FixedSizeListArray.from_arrays(values, array.shape[1])
        else:
            arrays[name] = pa.Array.from_buffers(pa.from_numpy_dtype(array.dtype), len(columns), [None, flat])
    return pa.table(arrays)


def write_space(path: str | os.PathLike[str], space: StoredSpace) -> None:
    """Write a file that `read_space` reads, atomically.

    Raises:
        OSError: the file cannot be written.
    """
    import pyarrow as pa

    described = _Description(FORMAT_VERSION, space.bounds, space.complete, space.merged, space.checksum)
    description = with_own_digest(asdict(described))
    table = columns_to_arrow(space.columns).replace_schema_metadata({_METADATA_KEY: json.dumps(description)})
    with atomic_write(path) as stream, pa.ipc.new_file(stream, table.schema) as writer:
        writer.write_table(table)


def read_space(path: str | os.PathLike[str]) -> StoredSpace:
    """Map a file that `write_space` wrote, and verify its checksum.

    Raises:
        DamagedSpaceError: the file is not a search space, or is damaged or truncated; the message says what to do.
        OSError: the file cannot be read.
    """
    try:
        table, text = _open(path)
        description = _described(text)
        columns = _columns_from_table(table, description.bounds)
    except InputError as error:
        raise _damaged(path, f"is not a search space, or is damaged ({error})") from None
    found = columns_checksum(columns)
    if found != description.crc32:
        raise _damaged(path, f"checksum mismatch: the file says {description.crc32:08x}, its columns have {found:08x}")
    return StoredSpace(columns, description.bounds, description.complete, description.merged, found)


def _open(path: str | os.PathLike[str]) -> tuple[pa.Table, bytes]:
    """Map a file; return its columns and the text in its metadata.

    Raises:
        InputError: Arrow cannot read the file.
        OSError: the system cannot.
    """
    import pyarrow as pa

    try:
        with pa.memory_map(name_for_arrow(path)) as source, pa.ipc.open_file(source) as reader:
            text: bytes = (reader.schema.metadata or {}).get(_METADATA_KEY, b"null")
            return reader.read_all().combine_chunks(), text
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's; Arrow's own errors about damage have no number
        raise InputError(ascii(" ".join(str(error).split()))[1:-1]) from None


def _described(text: bytes) -> _Description:
    """Return what the metadata say.

    Raises:
        InputError: they are of another format or damaged.
    """
    value = parse_json(text, "its description")
    if not isinstance(value, dict) or value.get("format") != FORMAT_VERSION:
        raise InputError(f"its description has another format than {FORMAT_VERSION}")
    description, fits = split_own_digest(value)
    if not fits:
        raise InputError("its description differs from its SHA-256")
    return checked_record(_Description, description)


def columns_checksum(columns: Columns) -> int:
    """Return the CRC-32 over the bytes of all columns in order."""
    checksum = 0
    for array in columns.arrays():
        checksum = zlib.crc32(np.ascontiguousarray(array).data, checksum)
    return checksum


def _columns_from_table(table: pa.Table, bounds: SpaceBounds) -> Columns:
    """Return views of the table's buffers, cut to the length of the columns: a buffer may be longer.

    Raises:
        InputError: a column is missing, has another type or missing values, or is shorter than the others.
    """
    rows, width = table.num_rows, max(bounds.max_vertices - 2, 1)

    def view(name: str, dtype: Any, entries: int = 1) -> npt.NDArray[Any]:
        column = table.column(name)
        if not rows:
            return np.empty(0, dtype=dtype)
        chunk = column.chunk(0)
        values = chunk.values if name == "operations" else chunk
        if column.null_count or chunk.offset or values.offset or values.buffers()[1] is None:
            raise InputError(f"column {name}: values are missing")
        return np.frombuffer(values.buffers()[1], dtype=dtype, count=rows * entries)

    expected = _column_types(bounds)
    if dict(zip(table.schema.names, map(str, table.schema.types), strict=True)) != expected:
        raise InputError(f"its columns are not {', '.join(f'{name} ({kind})' for name, kind in expected.items())}")
    try:
        return _checked_columns(_views(view, rows, width, bounds), bounds)
    except ValueError as error:  # of numpy, for a buffer that is too short
        raise InputError(str(error)) from None


def _column_types(bounds: SpaceBounds) -> dict[str, str]:
    """Return the name of each column's Arrow type."""
    adjacency = np.dtype(adjacency_type(bounds.max_vertices)).name
    return {
        "hash": "fixed_size_binary[16]",
        "vertices": "uint8",
        "adjacency": adjacency,
        "operations": f"fixed_size_list<item: uint8>[{max(bounds.max_vertices - 2, 1)}]",
        "edges": "uint8",
        "trainable_parameters": "int64",
        "flops": "int64",
    }


def _views(view: Callable[..., npt.NDArray[Any]], rows: int, width: int, bounds: SpaceBounds) -> Columns:
    return Columns(
        hash=view("hash", np.uint8, 16).reshape(rows, 16),
        vertices=view("vertices", np.uint8),
        adjacency=view("adjacency", adjacency_type(bounds.max_vertices)),
        operations=view("operations", np.uint8, width).reshape(rows, width),
        edges=view("edges", np.uint8),
        trainable_parameters=view("trainable_parameters", np.int64),
        flops=view("flops", np.int64),
    )


def _checked_columns(columns: Columns, bounds: SpaceBounds) -> Columns:
    """Refuse columns whose numbers of vertices or operations are beyond the bounds."""
    if not len(columns):
        return columns
    vertices, names = columns.vertices, len(bounds.operations)
    if vertices.min() < 2 or vertices.max() > bounds.max_vertices:
        raise InputError(f"column vertices: values from {vertices.min()} to {vertices.max()}")
    beyond = np.arange(columns.operations.shape[1])[None, :] >= vertices[:, None].astype(np.int64) - 2
    if not ((columns.operations < names) | beyond).all():
        raise InputError(f"column operations: a value above {names - 1}")
    return columns


def _damaged(path: str | os.PathLike[str], what: str) -> DamagedSpaceError:
    remedy = "write it again with SearchSpace.save or `nasbench space enumerate`"
    return DamagedSpaceError(f"{Path(path)}: {what}; {remedy}")
