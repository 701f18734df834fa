"""Access to the arrays of a mapped Arrow file, without copying them."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.encoded_column import Array


def open_batch(path: Path) -> pa.RecordBatch:
    """Map an Arrow IPC file and return its one batch.

    Raises:
        InputError: the file is not such a file, or is damaged.
        OSError: the file cannot be read.
    """
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; create a table with: nasbench table import")
    try:
        reader = pa.ipc.open_file(pa.memory_map(os.fspath(path)))
        if reader.num_record_batches == 1:
            return reader.get_batch(0)
    except (pa.ArrowInvalid, pa.ArrowSerializationError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(
            f"{path}: no table of results, or a damaged one ({reason}); create it again with: nasbench table import"
        ) from None
    raise InputError(f"{path}: an Arrow file, but no table of results; create a table with: nasbench table import")


def numbers(array: pa.Array) -> Array:
    """Return the numbers of an Arrow array without copying them; a null gives any number."""
    kind = _dtype(array.type)
    buffer = array.buffers()[1]
    if buffer is None:
        return np.empty(0, kind)
    return np.frombuffer(buffer, kind, len(array), array.offset * kind.itemsize)


@functools.lru_cache
def _dtype(kind: pa.DataType) -> np.dtype[Any]:
    """Return numpy's type for an Arrow type of numbers; most releases of pyarrow need pandas for `to_pandas_dtype`."""
    dtype: np.dtype[Any] = pa.array([], kind).to_numpy().dtype
    return dtype


def masked(array: pa.Array) -> tuple[Array, npt.NDArray[np.bool_] | None]:
    """Return the numbers of an Arrow array and a mask of its nulls; None if it has none."""
    missing = None if array.null_count == 0 else array.is_null().to_numpy(zero_copy_only=False)
    return numbers(array), missing
