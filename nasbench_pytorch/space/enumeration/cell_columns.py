"""Columns of a search space: the properties of each cell, as narrow arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Columns:
    """N cells, in ascending order of their hashes. Treat the arrays as read-only: they may be a mapped file.

    Attributes:
        hash: uint8, shape (N, 16): bytes of the hash.
        vertices: uint8, shape (N,): V of each cell.
        adjacency: uint32 (uint64 in a space of more than 8 vertices), shape (N,): bit u + w(w-1)/2 is set where
            there is an edge u→w.
        operations: uint8, shape (N, W) with W the largest number of interior vertices: index of each interior vertex's
            operation, 255 beyond the V-2 of the cell.
        edges: uint8, shape (N,): number of edges.
        trainable_parameters: int64, shape (N,), in the skeleton of NAS-Bench-101.
        flops: int64, shape (N,): for one image of 32×32, multiply-adds × 2.
    """

    hash: npt.NDArray[np.uint8]
    vertices: npt.NDArray[np.uint8]
    adjacency: npt.NDArray[np.uint32] | npt.NDArray[np.uint64]
    operations: npt.NDArray[np.uint8]
    edges: npt.NDArray[np.uint8]
    trainable_parameters: npt.NDArray[np.int64]
    flops: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.vertices)

    def items(self) -> Iterator[tuple[str, npt.NDArray[Any]]]:
        """Return the name and the array of each column, in order."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))

    def arrays(self) -> list[npt.NDArray[Any]]:
        """Return the arrays, in order."""
        return [array for _, array in self.items()]

    def take(self, rows: npt.NDArray[Any]) -> Columns:
        """Return the columns of some rows, given by a mask or by positions."""
        return replace(self, **{name: np.ascontiguousarray(array[rows]) for name, array in self.items()})


NO_OPERATION = 255
"""Entry of `Columns.operations` where a cell has no such vertex."""


def adjacency_type(max_vertices: int) -> type[np.uint32] | type[np.uint64]:
    """Return the type of the adjacency column: V vertices have V(V-1)/2 bits."""
    return np.uint32 if max_vertices <= 8 else np.uint64


class HashHalves(NamedTuple):
    """Upper and lower 64 bits of N hashes, each of shape (N,)."""

    upper: npt.NDArray[np.uint64]
    lower: npt.NDArray[np.uint64]


def hash_words(hashes: npt.NDArray[np.uint8]) -> HashHalves:
    """Return the halves of hashes of shape (N, 16), as numbers in the order of the hex digits."""
    words = np.ascontiguousarray(hashes).view(">u8").astype(np.uint64)
    return HashHalves(words[:, 0], words[:, 1])


def hash_bytes(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """Return the bytes of hashes from their halves: shape (N, 2) → (N, 16)."""
    return np.ascontiguousarray(words.astype(">u8")).view(np.uint8).reshape(len(words), 16)


def hex_strings(hashes: npt.NDArray[np.uint8]) -> list[str]:
    """Return hashes of shape (N, 16) as 32 hex digits each."""
    text = hashes.tobytes().hex()
    return [text[start : start + 32] for start in range(0, len(text), 32)]
