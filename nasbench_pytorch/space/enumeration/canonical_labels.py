"""Which labellings of a structure are cells of their own: the smallest of each set that automorphisms join.

A labelling's code is the number whose digits, in base K, are the interior vertices' operations, the last vertex the
lowest: codes ascend in the original's order. Two labellings of a structure are the same cell exactly where an
automorphism turns one into the other, and the original meets the smaller code first.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.canonical_graphs import Structures

Codes = npt.NDArray[np.int64]


def place_values(vertices: int, operations: int) -> Codes:
    """What an operation at each interior vertex counts in a code; shape (V-2,)."""
    return np.array([operations**place for place in range(vertices - 3, -1, -1)], dtype=np.int64)


@functools.lru_cache(maxsize=4)
def all_labellings(vertices: int, operations: int) -> npt.NDArray[np.uint8]:
    """Operations of all codes in order; shape (K^(V-2), V-2)."""
    codes = np.arange(operations ** (vertices - 2), dtype=np.int64)
    digits: npt.NDArray[np.int64] = codes[:, None] // place_values(vertices, operations) % operations
    return digits.astype(np.uint8)


class Labellings:
    """The smallest code of every labelling, for the structures of one number of vertices.

    Structures with the same automorphisms share an array, so there are only as many arrays as there are groups:
    18 for the 1,574 structures of 7 vertices.

    Attributes:
        groups: shape (S,): which array each structure uses.
        smallest: for each group, shape (K^(V-2),): the smallest code that an automorphism makes of each code.
    """

    def __init__(self, structures: Structures, operations: int) -> None:
        order: dict[tuple[int, ...], int] = {}
        numbers = [order.setdefault(automorphisms, len(order)) for automorphisms in structures.automorphisms]
        self.groups = np.array(numbers, dtype=np.int64)
        self.smallest = [_smallest_codes(structures, automorphisms, operations) for automorphisms in order]
        self._own: list[Codes] = [np.flatnonzero(codes == np.arange(len(codes))) for codes in self.smallest]

    def own_codes(self, structure: int) -> Codes:
        """The codes of a structure that are cells of their own, ascending."""
        return self._own[int(self.groups[structure])]

    def count(self) -> int:
        """How many cells all structures have together."""
        sizes = np.array([len(own) for own in self._own], dtype=np.int64)
        return int(sizes[self.groups].sum())


def _smallest_codes(structures: Structures, automorphisms: tuple[int, ...], operations: int) -> Codes:
    labellings = all_labellings(structures.vertices, operations)
    smallest = np.arange(len(labellings), dtype=np.int64)
    for permutation in automorphisms[1:]:
        np.minimum(smallest, labellings @ code_weights(structures, permutation, operations), out=smallest)
    return smallest


def code_weights(structures: Structures, permutation: int, operations: int) -> Codes:
    """What an operation at each interior vertex counts in the code after a renumbering; shape (V-2,)."""
    weights: Codes = place_values(structures.vertices, operations)[structures.permutations[permutation, 1:-1] - 1]
    return weights
