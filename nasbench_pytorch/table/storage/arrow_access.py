"""Access to the arrays of a mapped Arrow file, without copying them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import name_for_arrow
from nasbench_pytorch.table.storage.read_metadata import refuse_newer

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.encoded_column import Array


_FLOAT_NAMES = {"halffloat": "float16", "float": "float32", "double": "float64"}
"""Arrow's name of a type → numpy's, where they differ."""


def open_batch(path: Path) -> pa.RecordBatch:
    """Map an Arrow IPC file and return its one batch.

    Raises:
        InputError: the file is not such a file, is damaged, or has a newer layout, which may have other batches.
        OSError: the file cannot be read.
    """
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; create a table with: nasbench table import")
    source = pa.memory_map(name_for_arrow(path))
    try:
        reader = pa.ipc.open_file(source)
        refuse_newer(reader.schema, path)
        if reader.num_record_batches == 1:
            batch = reader.get_batch(0)
            _read_names(batch.schema)
            return batch
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError) as error:
        # Arrow reports damage in many ways: an invalid message is an OSError, a name that is no UTF-8 a ValueError.
        reason = ascii(str(error).split("\n")[0])[1:-1]
        raise InputError(
            f"{path}: no table of results, or a damaged one ({reason}); create it again with: nasbench table import"
        ) from None
    raise InputError(f"{path}: an Arrow file, but no table of results; create a table with: nasbench table import")


def _read_names(fields: pa.Schema | pa.DataType) -> None:
    """Read the names of all fields, those within structs and lists too.

    Raises:
        UnicodeDecodeError: a name is no UTF-8; any later use of the field would raise it.
    """
    count = len(fields) if isinstance(fields, pa.Schema) else fields.num_fields
    for index in range(count):
        field = fields.field(index)
        str(field.name)
        if pa.types.is_nested(field.type):
            _read_names(field.type)


def numbers(array: pa.Array) -> Array:
    """Return the numbers of an Arrow array without copying them; a null gives any number."""
    kind = _dtype(array.type)
    buffer = array.buffers()[1]
    if buffer is None:
        return np.empty(0, kind)
    return np.frombuffer(buffer, kind, len(array), array.offset * kind.itemsize)


def _dtype(kind: pa.DataType) -> np.dtype[Any]:
    """Return numpy's type for an Arrow type of numbers; pyarrow's own conversions import pandas, or need it."""
    name = str(kind)
    return np.dtype(_FLOAT_NAMES.get(name, name))


def masked(array: pa.Array) -> tuple[Array, npt.NDArray[np.bool_] | None]:
    """Return the numbers of an Arrow array and a mask of its nulls; None if it has none."""
    missing = None if array.null_count == 0 else array.is_null().to_numpy(zero_copy_only=False)
    return numbers(array), missing
