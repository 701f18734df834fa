"""Unlabelled cells: all matrices in the original's order, and which of them are renumberings of which.

Matrices are bits: edge x→y (x < y) is bit x + y(y-1)/2, so the order of the numbers is the original's order. Of all
renumberings of a matrix the smallest is the one that the original meets first; it stands for all of them and is
called their structure. A renumbering moves each edge's bit, so all renumberings of many matrices are one matrix
product: (matrices × edges, 0 or 1) @ (edges × permutations, each edge's new bit), in float64, where such small
integers are exact and BLAS is fast. A bit that would lie below the diagonal weighs more than any matrix.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]

_PRODUCT_ENTRIES = 1 << 22  # entries of one product, 32 MiB


@dataclass(frozen=True)
class Structures:
    """All full matrices of exactly `vertices` vertices: every vertex on a path from the first to the last.

    Attributes:
        vertices: V.
        matrices: bits of all M matrices, ascending.
        edges: shape (M,): how many each has.
        structure: shape (M,): which structure each matrix is a renumbering of.
        renumbering: shape (M,): the permutation that turns each matrix into its structure.
        representatives: shape (S,): the matrix, by position, that each structure is; ascending.
        permutations: shape (P, V): `permutations[p, v]` is the new number of vertex v; the ends stay.
        automorphisms: for each structure the permutations that leave it as it is, the identity first.
    """

    vertices: int
    matrices: Bits
    edges: Integers
    structure: Integers
    renumbering: Integers
    representatives: Integers
    permutations: Integers
    automorphisms: tuple[tuple[int, ...], ...]

    @property
    def structure_bits(self) -> Bits:
        """Bits of the structures, shape (S,), ascending."""
        return self.matrices[self.representatives]


@functools.lru_cache(maxsize=32)
def find_structures(vertices: int, max_edges: int) -> Structures:
    """The structures of exactly `vertices` vertices and at most `max_edges` edges."""
    matrices, edges = full_matrices(vertices, max_edges)
    permutations = _interior_permutations(vertices)
    smallest, renumbering, automorphisms = _smallest_renumberings(matrices, permutations)
    representatives = np.flatnonzero(smallest == matrices)
    return Structures(
        vertices=vertices,
        matrices=matrices,
        edges=edges,
        structure=np.searchsorted(matrices[representatives], smallest),
        renumbering=renumbering,
        representatives=representatives,
        permutations=permutations,
        automorphisms=automorphisms,
    )


def edge_vertices(vertices: int) -> tuple[Integers, Integers]:
    """Source and destination of each bit, in the order of the bits."""
    pairs = [(source, destination) for destination in range(vertices) for source in range(destination)]
    sources, destinations = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return sources, destinations


def adjacency_matrices(bits: Bits, vertices: int) -> npt.NDArray[np.int8]:
    """Matrices of shape (N, V, V) from their bits, shape (N,)."""
    sources, destinations = edge_vertices(vertices)
    matrices = np.zeros((len(bits), vertices, vertices), dtype=np.int8)
    matrices[:, sources, destinations] = _bit_columns(bits, len(sources))
    return matrices


def full_matrices(vertices: int, max_edges: int) -> tuple[Bits, Integers]:
    """Bits of all full matrices, ascending, and their numbers of edges.

    Built column by column, each with at least one edge, and leaving an edge for every column to come; at the end
    those are dropped in which a vertex has no out-edge.
    """
    bits, edges, used = np.zeros(1, dtype=np.uint64), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.uint64)
    for column in range(1, vertices):
        choices = np.arange(1, 1 << column, dtype=np.uint64)
        choice_edges = np.array([int(choice).bit_count() for choice in choices], dtype=np.int64)
        room = max_edges - (vertices - 1 - column)
        choice, prefix = np.nonzero(choice_edges[:, None] + edges[None, :] <= room)
        bits = bits[prefix] | (choices[choice] << np.uint64(column * (column - 1) // 2))
        edges, used = edges[prefix] + choice_edges[choice], used[prefix] | choices[choice]
    full = used == np.uint64((1 << (vertices - 1)) - 1)
    return bits[full], edges[full]  # ascending: a column's bits lie above those of all columns before it


def _interior_permutations(vertices: int) -> Integers:
    interior = itertools.permutations(range(1, vertices - 1))
    return np.array([(0, *order, vertices - 1) for order in interior], dtype=np.int64)


def _bit_columns(bits: Bits, count: int) -> npt.NDArray[np.uint8]:
    return ((bits[:, None] >> np.arange(count, dtype=np.uint64)) & np.uint64(1)).astype(np.uint8)


def _smallest_renumberings(
    matrices: Bits, permutations: Integers
) -> tuple[Bits, Integers, tuple[tuple[int, ...], ...]]:
    """For each matrix the smallest renumbering and its permutation; for each structure the automorphisms."""
    sources, destinations = edge_vertices(permutations.shape[1])
    new_sources, new_destinations = permutations[:, sources].T, permutations[:, destinations].T  # edges × permutations
    new_bits = 2.0 ** (new_sources + new_destinations * (new_destinations - 1) // 2)
    weights = np.where(new_sources < new_destinations, new_bits, 2.0 ** (len(sources) + 1))
    smallest, renumbering = np.empty_like(matrices), np.empty(len(matrices), dtype=np.int64)
    automorphisms: list[tuple[int, ...]] = []
    rows = max(1, _PRODUCT_ENTRIES // len(permutations))
    for start in range(0, len(matrices), rows):
        chunk = matrices[start : start + rows]
        renumbered = _bit_columns(chunk, len(sources)).astype(np.float64) @ weights
        renumbering[start : start + rows] = renumbered.argmin(axis=1)
        smallest[start : start + rows] = renumbered.min(axis=1)
        own = np.flatnonzero(smallest[start : start + rows] == chunk)
        automorphisms.extend(tuple(np.flatnonzero(renumbered[i] == float(chunk[i])).tolist()) for i in own)
    return smallest, renumbering, tuple(automorphisms)
