"""Encoded cells as the tensors of a file, and back, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells, encode_tensors
from nasbench_pytorch.space import SpaceBounds
from nasbench_pytorch.space.adjacency import vertices_on_a_path

Tensors = dict[str, npt.NDArray[Any]]


def tensors_of_cells(cells: EncodedCells) -> Tensors:
    """Return what `cells_of_tensors` makes the cells of again."""
    tensors: Tensors = {"adjacency": cells.adjacency, "operations": cells.operations}
    if cells.extra:
        tensors["extra"] = cells.features[:, -len(cells.extra) :]
    return {name: np.ascontiguousarray(values) for name, values in tensors.items()}


def cells_of_tensors(tensors: Tensors, header: Mapping[str, Any]) -> EncodedCells:
    """Return the cells of a file.

    Args:
        tensors: `adjacency`, `operations`, and `extra` where columns were added.
        header: `max_vertices`, `max_edges`, `operations` and `extra`.

    Raises:
        InputError: a tensor is missing, has another shape, or holds no cells of these bounds.
    """
    bounds, extra = _bounds(header), header.get("extra")
    if not isinstance(extra, list) or not all(isinstance(name, str) for name in extra):
        raise InputError("'extra' must be a list of names of columns")
    size, roles = bounds.max_vertices, len(bounds.operations) + 2
    adjacency = _tensor(tensors, "adjacency", np.uint8, (size, size))
    operations = _tensor(tensors, "operations", np.uint8, (size, roles))
    if len(adjacency) != len(operations):
        raise InputError(f"adjacency has {len(adjacency)} cells, but operations {len(operations)}")
    _check_cells(adjacency, operations, bounds)
    cells = encode_tensors(adjacency, operations, bounds)
    if not extra:
        return cells
    columns = _tensor(tensors, "extra", np.float32, (len(extra),))
    return cells.with_columns(dict(zip(extra, columns.T, strict=True)))


def _bounds(header: Mapping[str, Any]) -> SpaceBounds:
    sizes, names = [header.get("max_vertices"), header.get("max_edges")], header.get("operations")
    whole = [value for value in sizes if type(value) is int]
    if len(whole) < 2 or not isinstance(names, list):
        raise InputError("'max_vertices' and 'max_edges' must be whole numbers, and 'operations' a list")
    return SpaceBounds(whole[0], whole[1], tuple(map(str, names)))


def _tensor(tensors: Tensors, name: str, kind: type[np.generic], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    values = tensors.get(name)
    if values is None or values.dtype != kind or values.shape[1:] != shape or values.ndim != len(shape) + 1:
        found = "none" if values is None else f"{values.dtype} of shape {values.shape}"
        raise InputError(
            f"'{name}' must be {np.dtype(kind)} of shape (cells, {', '.join(map(str, shape))}), found {found}"
        )
    return values


def _check_cells(adjacency: npt.NDArray[Any], operations: npt.NDArray[Any], bounds: SpaceBounds) -> None:
    """Refuse what `graph_tensors` never gives: cells are topologically ordered, and nothing of them is loose."""
    size = bounds.max_vertices
    there = operations.sum(axis=2)
    ends = operations[:, 0, 0].all() and operations[:, -1, 1].all() and not operations[:, 1:-1, :2].any()
    ordered = adjacency.max(initial=0) <= 1 and there.max(initial=0) <= 1 and not np.tril(adjacency).any()
    if not ends or not ordered or (adjacency.sum(axis=(1, 2), dtype=np.int64) > bounds.max_edges).any():
        raise InputError("the cells are not of the file's bounds")
    bits = adjacency.astype(np.int64) @ (1 << np.arange(size))
    for rows, vertices in zip(bits.tolist(), there, strict=True):
        if tuple(vertices_on_a_path(tuple(rows))) != tuple(np.flatnonzero(vertices).tolist()):
            raise InputError("the cells are not of the file's bounds")
