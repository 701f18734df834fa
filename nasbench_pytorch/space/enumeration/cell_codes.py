"""From a cell to its row in a space, without hashing it.

Every matrix within the bounds is known with the renumbering that makes it its structure (`structures`), so the code
of a spec's labelling of its structure is a few multiplications away. A table over all codes of all structures (4
bytes each, 1.8 MB for NAS-Bench-101) says in which row the cell is.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.enumeration.bounds import SpaceBounds, count_full_dags
from nasbench_pytorch.space.enumeration.canonical_graphs import Structures, adjacency_matrices, find_structures
from nasbench_pytorch.space.enumeration.canonical_labels import Labellings, all_labellings, code_weights, place_values

if TYPE_CHECKING:
    from nasbench_pytorch.space.adjacency import Rows
    from nasbench_pytorch.space.enumeration.cell_columns import Columns

_TABLE_LIMIT = 1 << 24  # codes; larger spaces are looked up by hash instead
_MATRIX_LIMIT = 1 << 17


class StructureCatalogue:
    """All matrices and structures within some bounds.

    Attributes:
        codes: how many codes all structures have together.
        smallest: int32, shape (codes,): the smallest code of the same cell, which stands for the cell.
    """

    def __init__(self, bounds: SpaceBounds) -> None:
        self.operations = len(bounds.operations)
        self._first_code: dict[int, npt.NDArray[np.int64]] = {}
        self._structures: dict[int, Structures] = {}
        self._labellings: dict[int, Labellings] = {}
        self._by_rows: dict[Rows, tuple[int, list[int]]] = {}
        self.codes = 0
        for vertices in bounds.sizes:
            structures = find_structures(vertices, bounds.max_edges)
            per_structure = self.operations ** (vertices - 2)
            count = len(structures.representatives)
            self._structures[vertices] = structures
            self._labellings[vertices] = Labellings(structures, self.operations)
            self._first_code[vertices] = self.codes + per_structure * np.arange(count)
            self.codes += per_structure * count
            self._remember_matrices(structures)
        self.smallest = self._find_smallest()

    def _remember_matrices(self, structures: Structures) -> None:
        weights = [code_weights(structures, p, self.operations).tolist() for p in range(len(structures.permutations))]
        powers = 1 << np.arange(structures.vertices)
        rows = (adjacency_matrices(structures.matrices, structures.vertices) @ powers).tolist()
        first = self._first_code[structures.vertices][structures.structure].tolist()
        for own_rows, code, permutation in zip(rows, first, structures.renumbering.tolist(), strict=True):
            self._by_rows[tuple(own_rows)] = (code, weights[permutation])

    def code(self, rows: Rows, labels: Sequence[int]) -> int | None:
        """The code of a pruned cell, over all structures; None where its matrix is out of bounds.

        Args:
            rows: entry v has bit w set where there is an edge v→w.
            labels: index of each interior vertex's operation.
        """
        known = self._by_rows.get(rows)
        if known is None:
            return None
        code, weights = known
        for weight, label in zip(weights, labels, strict=True):
            code += weight * label
        return code

    def codes_of(self, rows: Rows, labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        """`code` of many labellings, shape (n, V-2), of one matrix within the bounds."""
        code, weights = self._by_rows[rows]
        return code + labels.astype(np.int64) @ np.array(weights, dtype=np.int64)

    def structures(self) -> Iterator[tuple[Rows, npt.NDArray[np.int64], npt.NDArray[np.uint8]]]:
        """Each structure: its rows, those of its codes that stand for a cell, and these cells' labels."""
        for vertices, structures in self._structures.items():
            labellings, all_labels = self._labellings[vertices], all_labellings(vertices, self.operations)
            powers = 1 << np.arange(vertices)
            rows = (adjacency_matrices(structures.structure_bits, vertices) @ powers).tolist()
            for structure, first in enumerate(self._first_code[vertices].tolist()):
                own = labellings.own_codes(structure)
                yield tuple(rows[structure]), first + own, all_labels[own]

    def table(self, columns: Columns) -> npt.NDArray[np.int32]:
        """Row of every code; -1 where `columns` does not have that cell. Shape (codes,)."""
        table = np.full(self.codes, -1, dtype=np.int32)
        for vertices, structures in self._structures.items():
            rows = np.flatnonzero(columns.vertices == vertices)
            structure = np.searchsorted(structures.structure_bits, columns.adjacency[rows])
            codes = columns.operations[rows, : vertices - 2] @ place_values(vertices, self.operations)
            table[self._first_code[vertices][structure] + codes] = rows
        return table[self.smallest]

    def _find_smallest(self) -> npt.NDArray[np.int32]:
        smallest = np.empty(self.codes, dtype=np.int32)
        for vertices, labellings in self._labellings.items():
            for group, codes in enumerate(labellings.smallest):
                first = self._first_code[vertices][labellings.groups == group, None]
                smallest[first + np.arange(len(codes))] = first + codes
        return smallest


@functools.lru_cache(maxsize=4)
def structure_catalogue(bounds: SpaceBounds) -> StructureCatalogue | None:
    """The catalogue of these bounds, shared by all spaces that have them; None where it would be too large."""
    if sum(count_full_dags(vertices, bounds.max_edges) for vertices in bounds.sizes) > _MATRIX_LIMIT:
        return None
    if len(bounds.operations) ** (bounds.max_vertices - 2) > _TABLE_LIMIT:
        return None
    catalogue = StructureCatalogue(bounds)
    return catalogue if catalogue.codes <= _TABLE_LIMIT else None
