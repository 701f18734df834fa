"""Canonical labelling of each automorphism orbit of a canonical graph.

The code of a labelling is the number whose digits, in base K, are the interior vertices' operations, the last vertex
the lowest: ascending codes are the original's order. Two labellings of a canonical graph are the same cell exactly
where an automorphism turns one into the other. The smallest code of such an orbit is the canonical code; the original
meets it first.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.canonical_graphs import Automorphisms, CanonicalGraphs

Codes = npt.NDArray[np.int64]


def digit_weights(vertices: int, operations: int) -> Codes:
    """Return the weight in a code of each interior vertex's operation; shape (V-2,)."""
    return np.array([operations**exponent for exponent in range(vertices - 3, -1, -1)], dtype=np.int64)


@functools.lru_cache(maxsize=4)
def all_labels(vertices: int, operations: int) -> npt.NDArray[np.uint8]:
    """Return the operations of all codes in order; shape (K^(V-2), V-2)."""
    codes = np.arange(operations ** (vertices - 2), dtype=np.int64)
    digits: npt.NDArray[np.int64] = codes[:, None] // digit_weights(vertices, operations) % operations
    return digits.astype(np.uint8)


class CanonicalLabels:
    """Canonical code of every labelling of the canonical graphs of one number of vertices.

    Graphs with the same automorphisms form a group and share an array: 18 arrays for the 1,574 graphs of 7 vertices.

    Attributes:
        group_of: shape (S,): group of each graph.
        canonical_code: for each group an array of shape (K^(V-2),): canonical code of each code.
    """

    def __init__(self, graphs: CanonicalGraphs, operations: int) -> None:
        numbers: dict[Automorphisms, int] = {}
        group_of = [numbers.setdefault(automorphisms, len(numbers)) for automorphisms in graphs.automorphisms]
        self.group_of = np.array(group_of, dtype=np.int64)
        self.canonical_code = [_canonical_codes(graphs, automorphisms, operations) for automorphisms in numbers]
        self._canonical: list[Codes] = [
            np.flatnonzero(canonical == np.arange(len(canonical))) for canonical in self.canonical_code
        ]

    def codes_of_graph(self, graph: int) -> Codes:
        """Return the canonical codes of a graph, ascending: one for each of its cells."""
        return self._canonical[int(self.group_of[graph])]

    def count(self) -> int:
        """Return the number of cells of all graphs."""
        sizes = np.array([len(codes) for codes in self._canonical], dtype=np.int64)
        return int(sizes[self.group_of].sum())


def _canonical_codes(graphs: CanonicalGraphs, automorphisms: Automorphisms, operations: int) -> Codes:
    labels = all_labels(graphs.vertices, operations)
    smallest = np.arange(len(labels), dtype=np.int64)
    for permutation in automorphisms[1:]:
        np.minimum(smallest, labels @ permuted_weights(graphs, permutation, operations), out=smallest)
    return smallest


def permuted_weights(graphs: CanonicalGraphs, permutation: int, operations: int) -> Codes:
    """Return the weight of each interior vertex's operation in the code after a permutation; shape (V-2,)."""
    weights: Codes = digit_weights(graphs.vertices, operations)[graphs.permutations[permutation, 1:-1] - 1]
    return weights
