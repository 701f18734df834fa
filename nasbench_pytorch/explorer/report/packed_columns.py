"""Columns of many cells as short texts: numbers in 65,534 steps, compressed, in letters that HTML can hold."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.explorer.embedded.described import described

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.column import Column
    from nasbench_pytorch.table.storage.table_file import TableFile

STEPS = 65_534
"""Steps from the least to the greatest number of a column; code 0 stands for a missing one."""
_LEVEL = 6


def pack_numbers(values: npt.NDArray[Any], scale: str) -> tuple[bytes, dict[str, Any]]:
    """Return numbers as codes, two bytes each, and what a reader needs to have the numbers again.

    The upper bytes of all codes come first, then the lower ones: so they compress better.

    Args:
        values: shape (cells,); NaN and infinity count as missing, and so do numbers up to 0 on a logarithmic scale.
        scale: "linear" or "log": whether steps are equal differences or equal ratios.
    """
    known = np.isfinite(values) & ((values > 0) if scale == "log" else True)
    numbers = np.log(values, where=known, out=np.zeros(len(values))) if scale == "log" else values.astype(np.float64)
    low, high = (float(numbers[known].min()), float(numbers[known].max())) if known.any() else (0.0, 0.0)
    width = (high - low) or 1.0
    codes = np.zeros(len(values), np.uint16)
    codes[known] = 1 + np.round((numbers[known] - low) / width * STEPS).astype(np.uint16)
    planes = codes.astype("<u2").view(np.uint8).reshape(-1, 2)
    return planes[:, 1].tobytes() + planes[:, 0].tobytes(), {"low": low, "width": width, "log": scale == "log"}


def unpack_numbers(packed: bytes, how: dict[str, Any]) -> npt.NDArray[np.float64]:
    """Return the numbers that `pack_numbers` packed, as near as its steps allow; NaN where they were missing."""
    planes = np.frombuffer(packed, np.uint8).reshape(2, -1).astype(np.uint16)
    codes = planes[0] * 256 + planes[1]
    numbers = how["low"] + (codes.astype(np.float64) - 1) / STEPS * how["width"]
    return np.where(codes == 0, np.nan, np.exp(numbers) if how["log"] else numbers)


def as_text(packed: bytes) -> str:
    """Return bytes compressed (zlib) and as base64."""
    return base64.b64encode(zlib.compress(packed, _LEVEL)).decode()


def describe_column(column: Column, values: npt.NDArray[Any]) -> tuple[dict[str, Any], str]:
    """Return a column's description for the page's script, and its packed values."""
    if column.kind == "category":
        return {**described(column), "packed": None}, as_text(values.astype(np.uint8).tobytes())
    packed, how = pack_numbers(values, column.scale)
    return {**described(column), "packed": how}, as_text(packed)


def pack_hashes(table: TableFile, rows: npt.NDArray[np.int64]) -> str:
    """Return the first four bytes of each hash, as differences of ascending numbers, lower bytes last."""
    keys = (table.search_keys[rows] >> np.uint64(32)).astype(np.uint32)
    differences = np.diff(keys, prepend=np.uint32(0)).astype("<u4").view(np.uint8).reshape(-1, 4)
    return as_text(b"".join(differences[:, plane].tobytes() for plane in (3, 2, 1, 0)))


def pack_graphs(table: TableFile, rows: npt.NDArray[np.int64]) -> str:
    """Return the graphs of some cells, ascending rows: vertices, operations between the ends, and edges.

    First a byte for each cell's number of vertices, then a byte for each operation between input and output, then the
    upper triangles of the matrices, row by row, eight edges a byte, the first in the highest bit.
    """
    codes, code_starts = table.operation_codes
    sizes = np.diff(code_starts)
    chosen = np.zeros(table.cells, np.bool_)
    chosen[rows] = True
    inner = np.repeat(chosen, sizes)
    inner[code_starts[:-1]] = inner[code_starts[1:] - 1] = False
    triangles = _triangles(table, rows, sizes[rows])
    return as_text(sizes[rows].astype(np.uint8).tobytes() + codes[inner].tobytes() + np.packbits(triangles).tobytes())


def _triangles(table: TableFile, rows: npt.NDArray[np.int64], sizes: npt.NDArray[np.int32]) -> npt.NDArray[np.uint8]:
    """Return the upper triangles of the rows' matrices, one after the other."""
    values, value_starts = table.adjacency
    lengths = sizes.astype(np.int64) * (sizes - 1) // 2
    ends = np.cumsum(lengths)
    triangles = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
    for size in np.unique(sizes).tolist():
        of_size = np.flatnonzero(sizes == size)
        above = np.flatnonzero(np.triu(np.ones((size, size)), 1))
        targets = (ends - lengths)[of_size, None] + np.arange(len(above))
        triangles[targets] = values[value_starts[rows[of_size], None] + above]
    return triangles
