"""Graphs without labels: all matrices in the original's order, and the canonical graph of each.

Matrices are bits: edge x→y (x < y) is bit x + y(y-1)/2, so ascending numbers are the original's order. The canonical
graph of a matrix is the smallest number that a permutation of the interior vertices makes of it; the original meets
this graph first. A permutation moves each edge's bit, so all permutations of many matrices are one matrix product:
(matrices × edges, 0 or 1) @ (edges × permutations, each edge's new bit), in float64, where such small integers are
exact and BLAS is fast. A bit that would lie below the diagonal weighs more than any matrix.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]
Automorphisms = tuple[int, ...]
"""Positions in `CanonicalGraphs.permutations` of the permutations that leave a graph as it is, the identity first."""

_PRODUCT_ENTRIES = 1 << 22  # entries of one product, 32 MiB


@dataclass(frozen=True)
class CanonicalGraphs:
    """All full matrices of exactly `vertices` vertices, and their canonical graphs.

    A matrix is full when every vertex is on a path from the first to the last.

    Attributes:
        vertices: V.
        matrices: bits of all M matrices, ascending.
        edges: shape (M,): number of edges of each matrix.
        graph_of: shape (M,): number of the canonical graph of each matrix.
        permutation_of: shape (M,): permutation, by its position, that turns each matrix into its canonical graph.
        positions: shape (S,): position in `matrices` of each canonical graph, ascending.
        permutations: shape (P, V): `permutations[p, v]` is the new number of vertex v; input and output stay.
        automorphisms: automorphisms of each canonical graph.
    """

    vertices: int
    matrices: Bits
    edges: Integers
    graph_of: Integers
    permutation_of: Integers
    positions: Integers
    permutations: Integers
    automorphisms: tuple[Automorphisms, ...]

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def bits(self) -> Bits:
        """Bits of the canonical graphs, shape (S,), ascending."""
        return self.matrices[self.positions]


@functools.lru_cache(maxsize=32)
def find_canonical_graphs(vertices: int, max_edges: int) -> CanonicalGraphs:
    """Find the canonical graphs of exactly `vertices` vertices and at most `max_edges` edges."""
    full = full_matrices(vertices, max_edges)
    permutations = _interior_permutations(vertices)
    canonical = _canonical_forms(full.bits, permutations)
    positions = np.flatnonzero(canonical.bits == full.bits)
    return CanonicalGraphs(
        vertices=vertices,
        matrices=full.bits,
        edges=full.edges,
        graph_of=np.searchsorted(full.bits[positions], canonical.bits),
        permutation_of=canonical.permutation_of,
        positions=positions,
        permutations=permutations,
        automorphisms=canonical.automorphisms,
    )


def edge_vertices(vertices: int) -> tuple[Integers, Integers]:
    """Return the source and the destination of each bit, in the order of the bits."""
    pairs = [(source, destination) for destination in range(vertices) for source in range(destination)]
    sources, destinations = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return sources, destinations


def adjacency_matrices(bits: Bits, vertices: int) -> npt.NDArray[np.int8]:
    """Return matrices of shape (N, V, V) from their bits, shape (N,)."""
    sources, destinations = edge_vertices(vertices)
    matrices = np.zeros((len(bits), vertices, vertices), dtype=np.int8)
    matrices[:, sources, destinations] = _bit_columns(bits, len(sources))
    return matrices


class FullMatrices(NamedTuple):
    """Bits of matrices, ascending, and their numbers of edges; each of shape (M,)."""

    bits: Bits
    edges: Integers


def full_matrices(vertices: int, max_edges: int) -> FullMatrices:
    """Return all full matrices of exactly `vertices` vertices and at most `max_edges` edges.

    Columns are added one by one. Each has at least one edge and leaves an edge for every later column. Matrices in
    which a vertex has no out-edge are dropped at the end.
    """
    bits, edges, used = np.zeros(1, dtype=np.uint64), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.uint64)
    for column in range(1, vertices):
        choices = np.arange(1, 1 << column, dtype=np.uint64)
        choice_edges = np.array([int(choice).bit_count() for choice in choices], dtype=np.int64)
        available = max_edges - (vertices - 1 - column)
        choice, prefix = np.nonzero(choice_edges[:, None] + edges[None, :] <= available)
        bits = bits[prefix] | (choices[choice] << np.uint64(column * (column - 1) // 2))
        edges, used = edges[prefix] + choice_edges[choice], used[prefix] | choices[choice]
    full = used == np.uint64((1 << (vertices - 1)) - 1)
    return FullMatrices(bits[full], edges[full])  # ascending: a column's bits lie above those of earlier columns


def _interior_permutations(vertices: int) -> Integers:
    interior = itertools.permutations(range(1, vertices - 1))
    return np.array([(0, *order, vertices - 1) for order in interior], dtype=np.int64)


def _bit_columns(bits: Bits, count: int) -> npt.NDArray[np.uint8]:
    columns: Bits = (bits[:, None] >> np.arange(count, dtype=np.uint64)) & np.uint64(1)
    return columns.astype(np.uint8)


class _CanonicalForms(NamedTuple):
    """Canonical bits and permutation of each matrix, and automorphisms of each matrix that is canonical."""

    bits: Bits
    permutation_of: Integers
    automorphisms: tuple[Automorphisms, ...]


def _canonical_forms(matrices: Bits, permutations: Integers) -> _CanonicalForms:
    sources, destinations = edge_vertices(permutations.shape[1])
    new_sources, new_destinations = permutations[:, sources].T, permutations[:, destinations].T  # edges × permutations
    new_bits = 2.0 ** (new_sources + new_destinations * (new_destinations - 1) // 2)
    weights = np.where(new_sources < new_destinations, new_bits, 2.0 ** (len(sources) + 1))
    smallest, permutation_of = np.empty_like(matrices), np.empty(len(matrices), dtype=np.int64)
    automorphisms: list[Automorphisms] = []
    rows = max(1, _PRODUCT_ENTRIES // len(permutations))
    for start in range(0, len(matrices), rows):
        chunk = matrices[start : start + rows]
        permuted = _bit_columns(chunk, len(sources)).astype(np.float64) @ weights
        permutation_of[start : start + rows] = permuted.argmin(axis=1)
        smallest[start : start + rows] = permuted.min(axis=1)
        canonical = np.flatnonzero(smallest[start : start + rows] == chunk)
        automorphisms.extend(tuple(np.flatnonzero(permuted[i] == float(chunk[i])).tolist()) for i in canonical)
    return _CanonicalForms(smallest, permutation_of, tuple(automorphisms))
