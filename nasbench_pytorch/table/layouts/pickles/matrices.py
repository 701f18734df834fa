"""Adjacency matrices from pickled arrays or lists, thousands at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.layouts.pickles.dropped import DroppedNodeError
from nasbench_pytorch.table.layouts.pickles.memory import BYTES, INT, LOST, TEXT
from nasbench_pytorch.table.layouts.reading.graphs import matrix_bytes
from nasbench_pytorch.table.storage.row_block import starts_of

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.pickles.columns import NodeColumns
    from nasbench_pytorch.table.layouts.pickles.containers import Nodes
    from nasbench_pytorch.table.layouts.pickles.memory import Memory


def read_matrices(
    columns: NodeColumns, memory: Memory, nodes: Nodes, what: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return square matrices of 0 and 1.

    Args:
        columns: reader of the nodes.
        memory: the pickle's memory.
        nodes: arrays, or lists of lists.
        what: name of the field, for messages.

    Returns:
        The number of vertices of each, and the matrices row by row, concatenated.

    Raises:
        InputError: a node is no such matrix.
    """
    shapes, kinds, contents, simple = _array_parts(columns, memory, nodes)
    sizes = np.zeros(len(nodes), np.int64)
    parts: dict[int, npt.NDArray[np.uint8]] = {}
    for kind_node in np.unique(kinds[simple]).tolist():
        chosen = np.flatnonzero(simple & (kinds == kind_node))
        kind = columns.value(kind_node)
        if not isinstance(kind, np.dtype) or kind.kind not in "biuf":
            simple[chosen] = False
            continue
        values, starts = columns.texts(contents[chosen], what)
        vertices = memory.a[columns.tuple_members(shapes[chosen], 2)]
        fits = (vertices[:, 0] == vertices[:, 1]) & (np.diff(starts) == vertices[:, 0] ** 2 * kind.itemsize)
        simple[chosen[~fits]] = False
        if not fits.all():
            continue
        sizes[chosen] = vertices[:, 0]
        flat = matrix_bytes(np.frombuffer(values.tobytes(), kind))
        if flat is None:
            raise columns.wrong(f"{what} holds other numbers than 0 and 1")
        parts[kind_node] = flat
    singles = {}
    for index in np.flatnonzero(~simple).tolist():
        singles[index] = _single(columns, int(nodes[index]), what)
        sizes[index] = math.isqrt(len(singles[index]))
    return sizes, _in_order(sizes, kinds, simple, parts, singles)


def _array_parts(
    columns: NodeColumns, memory: Memory, nodes: Nodes
) -> tuple[Nodes, Nodes, Nodes, npt.NDArray[np.bool_]]:
    """Return nodes of shape, type and content of arrays, and which nodes are arrays in rows of a plain form."""
    shapes, kinds, contents = (np.zeros(len(nodes), np.int64) for _ in range(3))
    simple = np.zeros(len(nodes), np.bool_)
    rebuilt = columns.calls_of(nodes, "_reconstruct")
    rebuilt[rebuilt] = memory.c[nodes[rebuilt]] >= 0
    if rebuilt.any():
        parts = columns.tuple_members(memory.c[nodes[rebuilt]], 5)
        shapes[rebuilt], kinds[rebuilt], contents[rebuilt] = parts[:, 1], parts[:, 2], parts[:, 4]
        simple[rebuilt] = memory.a[parts[:, 3]] == 0
    buffered = columns.calls_of(nodes, "_frombuffer")
    if buffered.any():
        parts = columns.tuple_members(memory.b[nodes[buffered]], 4)
        contents[buffered], kinds[buffered], shapes[buffered] = parts[:, 0], parts[:, 1], parts[:, 2]
        simple[buffered] = columns.is_text(parts[:, 3], "C")
    encoded = columns.calls_of(contents, "encode")
    if encoded.any():  # protocols 0 to 2 hold bytes as a text that is to be encoded; ASCII texts are their bytes
        texts = columns.tuple_members(memory.b[contents[encoded]], 1)[:, 0]
        values, starts = columns.texts(texts, "an array's content")
        plain = np.maximum.reduceat(np.append(values, 0), starts[:-1]) < 128
        contents[encoded] = np.where(plain, texts, contents[encoded])
    if (memory.kind[np.concatenate([shapes, kinds, contents])] == LOST).any():
        raise DroppedNodeError
    simple &= (memory.kind[contents] == BYTES) | (memory.kind[contents] == TEXT)
    simple &= memory.b[shapes] == 2
    dimensions = columns.tuple_members(shapes[simple], 2)
    simple[simple] = (memory.kind[dimensions] == INT).all(axis=1)
    return shapes, kinds, contents, simple


def _single(columns: NodeColumns, node: int, what: str) -> npt.NDArray[np.uint8]:
    """Return one matrix in any form, row by row."""
    value: Any = columns.value(node) if node >= 0 else None
    try:
        matrix = np.array(value)
    except ValueError:
        matrix = np.empty(0)
    flat = matrix_bytes(matrix.ravel()) if matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1] else None
    if flat is None:
        raise columns.wrong(f"{what} is no square matrix of 0 and 1")
    return flat


def _in_order(
    sizes: npt.NDArray[np.int64],
    kinds: Nodes,
    simple: npt.NDArray[np.bool_],
    parts: dict[int, npt.NDArray[np.uint8]],
    singles: dict[int, npt.NDArray[np.uint8]],
) -> npt.NDArray[np.uint8]:
    """Put the matrices of all forms into the order of the nodes."""
    if len(parts) == 1 and not singles:
        return next(iter(parts.values()))
    starts = starts_of(sizes**2)
    flat = np.zeros(int(starts[-1]), np.uint8)
    for kind, values in parts.items():
        chosen = np.flatnonzero(simple & (kinds == kind))
        lengths = sizes[chosen] ** 2
        ends = starts_of(lengths)
        flat[np.arange(ends[-1]) + np.repeat(starts[chosen] - ends[:-1], lengths)] = values
    for index, matrix in singles.items():
        flat[starts[index] : starts[index + 1]] = matrix
    return flat
