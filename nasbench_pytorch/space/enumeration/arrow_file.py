"""File of a search space: Arrow IPC, memory-mapped when read, with a checksum of all columns.

The schema's metadata holds, under `nasbench-pytorch`, a JSON object with the version of the file format, the bounds,
the number of merged cells, and the CRC-32 of the columns' bytes in order. Any Arrow reader opens the file as a table.
"""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.space.enumeration.bounds import SpaceBounds
from nasbench_pytorch.space.enumeration.cell_columns import Columns, adjacency_type

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT_VERSION = 1
_METADATA_KEY = b"nasbench-pytorch"


class DamagedSpaceError(InputError):
    """File that does not hold a sound search space."""


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

    description = {
        "format": FORMAT_VERSION,
        "bounds": asdict(space.bounds),
        "complete": space.complete,
        "merged": space.merged,
        "crc32": space.checksum,
    }
    table = columns_to_arrow(space.columns).replace_schema_metadata({_METADATA_KEY: json.dumps(description)})
    with atomic_write(path) as stream, pa.ipc.new_file(stream, table.schema) as writer:
        writer.write_table(table)


def read_space(path: str | os.PathLike[str]) -> StoredSpace:
    """Map a file that `write_space` wrote, and verify its checksum.

    Raises:
        DamagedSpaceError: the file is not a search space, or is damaged or truncated; the message says what to do.
        OSError: the file cannot be read.
    """
    import pyarrow as pa

    try:
        with pa.memory_map(os.fspath(path)) as source, pa.ipc.open_file(source) as reader:
            description = json.loads((reader.schema.metadata or {}).get(_METADATA_KEY, b"null"))
            if description is None or description["format"] != FORMAT_VERSION:
                raise _damaged(path, f"is not a search space of format {FORMAT_VERSION}")
            table = reader.read_all().combine_chunks()
        bounds = description["bounds"]
        space_bounds = SpaceBounds(bounds["max_vertices"], bounds["max_edges"], tuple(bounds["operations"]))
        columns = _columns_from_table(table, space_bounds)
        complete, merged, expected = bool(description["complete"]), int(description["merged"]), description["crc32"]
    except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(path, f"is not a search space, or is damaged ({' '.join(str(error).split())})") from error
    found = columns_checksum(columns)
    if found != expected:
        raise _damaged(path, f"checksum mismatch: the file says {expected:08x}, its columns have {found:08x}")
    return StoredSpace(columns, space_bounds, complete, merged, found)


def columns_checksum(columns: Columns) -> int:
    """Return the CRC-32 over the bytes of all columns in order."""
    checksum = 0
    for array in columns.arrays():
        checksum = zlib.crc32(np.ascontiguousarray(array).data, checksum)
    return checksum


def _columns_from_table(table: pa.Table, bounds: SpaceBounds) -> Columns:
    """Return views of the table's buffers, cut to the length of the columns: a buffer may be longer."""
    rows, width = table.num_rows, max(bounds.max_vertices - 2, 1)

    def view(name: str, dtype: Any, entries: int = 1) -> npt.NDArray[Any]:
        column = table.column(name)
        if not rows:
            return np.empty(0, dtype=dtype)
        values = column.chunk(0).values if name == "operations" else column.chunk(0)
        return np.frombuffer(values.buffers()[1], dtype=dtype, count=rows * entries)

    return Columns(
        hash=view("hash", np.uint8, 16).reshape(rows, 16),
        vertices=view("vertices", np.uint8),
        adjacency=view("adjacency", adjacency_type(bounds.max_vertices)),
        operations=view("operations", np.uint8, width).reshape(rows, width),
        edges=view("edges", np.uint8),
        trainable_parameters=view("trainable_parameters", np.int64),
        flops=view("flops", np.int64),
    )


def _damaged(path: str | os.PathLike[str], what: str) -> DamagedSpaceError:
    remedy = "write it again with SearchSpace.save or `nasbench space enumerate`"
    return DamagedSpaceError(f"{Path(path)}: {what}; {remedy}")
