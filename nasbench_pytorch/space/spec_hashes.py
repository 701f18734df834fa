"""Hashes of many specs at once: checks, pruning and labels as in `ModelSpec`, on arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumeration.canonical_graphs import edge_vertices
from nasbench_pytorch.space.enumeration.cell_columns import NO_OPERATION, hash_bytes, hex_strings
from nasbench_pytorch.space.hashing.many_graphs import hash_columns
from nasbench_pytorch.space.hashing.one_graph import LOADING_PAYS_AFTER, compiled_hash_is_loaded
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS
from nasbench_pytorch.space.spec import ModelSpec

_BATCH_VERTICES = 11  # adjacency bits of more do not fit into 64


def hash_specs(
    matrices: npt.NDArray[Any] | Sequence[npt.ArrayLike],
    ops: Sequence[Sequence[str]],
    canonical_ops: Sequence[str] = CANONICAL_OPERATIONS,
) -> list[str]:
    """Return `ModelSpec(matrix, ops).hash_spec(canonical_ops)` of N cells, computed on all cores.

    Args:
        matrices: an array of shape (N, V, V), or N matrices of any sizes.
        ops: N lists of operation names, as long as their matrices.
        canonical_ops: operation names; the index of an interior operation is its label.

    Returns:
        N hashes of 32 lower-case hex digits, in the order of the cells.

    Raises:
        InputError: a cell is malformed, its input cannot reach its output, or an operation is unknown; the message
            gives the position of the cell.
    """
    if len(matrices) != len(ops):
        raise InputError(f"got {len(matrices)} matrices but {len(ops)} lists of operations")
    if len(ops) < LOADING_PAYS_AFTER and not compiled_hash_is_loaded():
        return [_hash_one(matrices, ops, position, canonical_ops) for position in range(len(ops))]
    by_size: dict[int, list[int]] = defaultdict(list)
    for position, names in enumerate(ops):
        by_size[len(names)].append(position)
    hashes = [""] * len(ops)
    for positions in by_size.values():
        for position, value in zip(positions, _hash_same_size(matrices, ops, positions, canonical_ops), strict=True):
            hashes[position] = value
    return hashes


def _hash_one(matrices: Any, ops: Sequence[Sequence[str]], position: int, canonical_ops: Sequence[str]) -> str:
    try:
        return ModelSpec(matrices[position], ops[position]).hash_spec(canonical_ops)
    except InputError as error:
        raise InputError(f"cell {position}: {error}") from None


def _hash_same_size(
    matrices: Any, ops: Sequence[Sequence[str]], positions: list[int], canonical_ops: Sequence[str]
) -> list[str]:
    """Return the hashes of the cells at these positions, which have equally many operations."""
    size = len(ops[positions[0]])
    chosen = _stack(matrices, positions, size)
    if chosen is None or size > _BATCH_VERTICES or len(canonical_ops) > NO_OPERATION:
        # Too large for the arrays, or malformed: one by one, which also finds the cell for the error message.
        return [_hash_one(matrices, ops, position, canonical_ops) for position in positions]
    kept = kept_vertices(chosen)
    labels = _labels([ops[position] for position in positions], canonical_ops)
    invalid = ~kept[:, 0] | (kept[:, 1:-1] & (labels == NO_OPERATION)).any(axis=1)
    if invalid.any():
        return [_hash_one(matrices, ops, positions[int(invalid.argmax())], canonical_ops)]  # raises
    return hex_strings(hash_bytes(hash_columns(*pruned_columns(chosen, kept, labels))))


def _stack(matrices: Any, positions: list[int], size: int) -> npt.NDArray[np.int8] | None:
    """Return the matrices as one array of shape (n, size, size), or None where one is malformed."""
    try:
        if isinstance(matrices, np.ndarray):
            stacked = matrices if len(positions) == len(matrices) else matrices[positions]
        else:
            stacked = np.array([matrices[position] for position in positions])
        if stacked.shape[1:] != (size, size) or size < 2 or stacked.dtype == object:
            return None
        narrow: npt.NDArray[np.int8] = stacked.astype(np.int8)
        well_formed = (narrow == stacked).all() and (narrow >> 1 == 0).all() and not np.tril(narrow).any()
    except (ValueError, TypeError):
        return None
    return narrow if well_formed else None


def _labels(ops: list[Sequence[str]], canonical_ops: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return the interior operations' indices, shape (n, V-2); 255 for an operation that is not in `canonical_ops`."""
    index = {name: position for position, name in enumerate(canonical_ops)}
    flat = [index.get(name, NO_OPERATION) for names in ops for name in names[1:-1]]
    return np.array(flat, dtype=np.uint8).reshape(len(ops), len(ops[0]) - 2)


def kept_vertices(matrices: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    """Return which vertices are on paths from the first to the last, shape (n, V, V) → (n, V)."""
    size = matrices.shape[1]
    edges = matrices.astype(bool)
    from_input, to_output = np.zeros((2, len(matrices), size), dtype=bool)
    from_input[:, 0] = to_output[:, -1] = True
    for vertex in range(1, size):
        from_input[:, vertex] = (edges[:, :vertex, vertex] & from_input[:, :vertex]).any(axis=1)
    for vertex in range(size - 2, -1, -1):
        to_output[:, vertex] = (edges[:, vertex, vertex + 1 :] & to_output[:, vertex + 1 :]).any(axis=1)
    return from_input & to_output


class PrunedColumns(NamedTuple):
    """Vertices, adjacency bits and operations of pruned cells; see `Columns`."""

    vertices: npt.NDArray[np.uint8]
    adjacency: npt.NDArray[np.uint64]
    operations: npt.NDArray[np.uint8]


def pruned_columns(
    matrices: npt.NDArray[np.int8], kept: npt.NDArray[np.bool_], labels: npt.NDArray[np.uint8]
) -> PrunedColumns:
    """Return the columns of the pruned cells."""
    number = np.cumsum(kept, axis=1) - 1  # of each kept vertex, after pruning
    adjacency = np.zeros(len(matrices), dtype=np.uint64)
    for source, destination in zip(*edge_vertices(matrices.shape[1]), strict=True):
        edge = matrices[:, source, destination].astype(bool) & kept[:, source] & kept[:, destination]
        new_destination = number[:, destination]
        bit = number[:, source] + new_destination * (new_destination - 1) // 2
        adjacency |= edge.astype(np.uint64) << np.where(edge, bit, 0).astype(np.uint64)
    operations = np.full(labels.shape, NO_OPERATION, dtype=np.uint8)
    cell, interior = np.nonzero(kept[:, 1:-1])
    operations[cell, number[cell, interior + 1] - 1] = labels[cell, interior]
    return PrunedColumns(kept.sum(axis=1).astype(np.uint8), adjacency, operations)
