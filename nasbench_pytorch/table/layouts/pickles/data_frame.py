"""The columns of a pickled pandas data frame, without pandas."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.layouts.pickles.values import Call, Name


def frame_columns(value: Any) -> dict[str, npt.NDArray[Any]] | None:
    """Return the columns of a data frame by name; None if the value is no frame, or one of another kind.

    Args:
        value: a value of `Values.of`.
    """
    try:
        if not _is_call(value, "DataFrame"):
            return None
        manager = value.state.get("_mgr", value.state.get("_data"))
        blocks, axes = manager.arguments[:2]
        names = _labels(axes[0])
        columns: dict[str, npt.NDArray[Any]] = {}
        for block in blocks:
            values = np.atleast_2d(block.arguments[0])
            places = _places(block.arguments[1])
            for place, column in zip(places, values, strict=True):
                columns[str(names[place])] = column
    except (AttributeError, TypeError, ValueError, IndexError, KeyError):
        return None
    return columns if len(columns) == len(names) and len({len(column) for column in columns.values()}) == 1 else None


def _is_call(value: Any, name: str) -> bool:
    return isinstance(value, Call) and isinstance(value.function, Name) and value.function.name == name


def _places(placement: Any) -> list[int]:
    """Return which columns a block holds: a slice, or an array of numbers."""
    if _is_call(placement, "slice"):
        start, stop, step = placement.arguments
        return list(range(start, min(stop, 1 << 16), step))
    return [int(place) for place in np.asarray(placement)]


def _labels(index: Any) -> list[Any]:
    """Return the labels of an index: objects, or texts of Arrow."""
    data = index.arguments[1]["data"]
    if isinstance(data, Call):
        return _arrow_texts(data.state["_pa_array"])
    return list(data)


def _arrow_texts(array: Call) -> list[str]:
    """Return the texts of a pickled Arrow array: offsets of 32 or 64 bits, and bytes."""
    kind, length, _, offset, buffers = array.arguments[0][:5]
    offsets, content = (buffer.arguments[0] for buffer in buffers[1:3])
    wide = str(kind.arguments[0]).startswith("large")
    ends = np.frombuffer(offsets, np.int64 if wide else np.int32)[offset : offset + length + 1].tolist()
    return [content[a:b].decode() for a, b in itertools.pairwise(ends)]
