"""From a cell to its row in a space, without hashing it.

Every matrix within the bounds is stored with the permutation that turns it into its canonical graph, so a few
multiplications give the code of a labelled graph. A table over all codes of all canonical graphs (4 bytes each,
1.8 MB for NAS-Bench-101) gives the row of the cell.
"""

from __future__ import annotations

import functools
from collections.abc import ItemsView, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.enumeration.bounds import SpaceBounds, count_full_dags
from nasbench_pytorch.space.enumeration.canonical_graphs import (
    CanonicalGraphs,
    adjacency_matrices,
    find_canonical_graphs,
)
from nasbench_pytorch.space.enumeration.canonical_labels import (
    CanonicalLabels,
    all_labels,
    digit_weights,
    permuted_weights,
)

if TYPE_CHECKING:
    from nasbench_pytorch.space.adjacency import Rows
    from nasbench_pytorch.space.enumeration.cell_columns import Columns

_TABLE_LIMIT = 1 << 24  # codes; in larger spaces cells are looked up by hash
_MATRIX_LIMIT = 1 << 17


class MatrixCode(NamedTuple):
    """Code of a matrix with all labels 0, and the weight of each interior vertex's label in the code."""

    first: int
    weights: list[int]


class GraphCells(NamedTuple):
    """Cells of one canonical graph.

    Attributes:
        rows: matrix of the graph.
        codes: shape (n,): canonical code of each cell.
        labels: shape (n, V-2): labels of each cell.
    """

    rows: Rows
    codes: npt.NDArray[np.int64]
    labels: npt.NDArray[np.uint8]


class CodeCatalogue:
    """Codes of all labelled graphs within some bounds.

    Attributes:
        operations: number of operations.
        size: number of codes of all canonical graphs.
        canonical: int32, shape (size,): canonical code of each code; equal for equal cells.
    """

    def __init__(self, bounds: SpaceBounds) -> None:
        self.operations = len(bounds.operations)
        self._first_code: dict[int, npt.NDArray[np.int64]] = {}
        self._graphs: dict[int, CanonicalGraphs] = {}
        self._labels: dict[int, CanonicalLabels] = {}
        self._by_rows: dict[Rows, MatrixCode] = {}
        self.size = 0
        for vertices in bounds.sizes:
            graphs = find_canonical_graphs(vertices, bounds.max_edges)
            codes_per_graph = self.operations ** (vertices - 2)
            self._graphs[vertices] = graphs
            self._labels[vertices] = CanonicalLabels(graphs, self.operations)
            self._first_code[vertices] = self.size + codes_per_graph * np.arange(len(graphs))
            self.size += codes_per_graph * len(graphs)
            self._store_matrices(graphs)
        self.canonical = self._canonical_codes()

    def _store_matrices(self, graphs: CanonicalGraphs) -> None:
        weights = [permuted_weights(graphs, p, self.operations).tolist() for p in range(len(graphs.permutations))]
        powers = 1 << np.arange(graphs.vertices)
        rows = (adjacency_matrices(graphs.matrices, graphs.vertices) @ powers).tolist()
        first = self._first_code[graphs.vertices][graphs.graph_of].tolist()
        for matrix_rows, code, permutation in zip(rows, first, graphs.permutation_of.tolist(), strict=True):
            self._by_rows[tuple(matrix_rows)] = MatrixCode(code, weights[permutation])

    def matrix_codes(self) -> ItemsView[Rows, MatrixCode]:
        """Return the rows and the code of each matrix within the bounds."""
        return self._by_rows.items()

    def code(self, rows: Rows, labels: Sequence[int]) -> int | None:
        """Return the code of a pruned cell; None where its matrix is out of bounds.

        Args:
            rows: bit w of entry v is set where there is an edge v→w.
            labels: index of each interior vertex's operation.
        """
        matrix_code = self._by_rows.get(rows)
        if matrix_code is None:
            return None
        code, weights = matrix_code
        for weight, label in zip(weights, labels, strict=True):
            code += weight * label
        return code

    def codes_of(self, rows: Rows, labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        """Return `code` for many labellings, shape (n, V-2), of one matrix within the bounds."""
        first, weights = self._by_rows[rows]
        return first + labels.astype(np.int64) @ np.array(weights, dtype=np.int64)

    def cells_by_graph(self) -> Iterator[GraphCells]:
        """Yield the cells of each canonical graph."""
        for vertices, graphs in self._graphs.items():
            canonical, labels = self._labels[vertices], all_labels(vertices, self.operations)
            powers = 1 << np.arange(vertices)
            rows = (adjacency_matrices(graphs.bits, vertices) @ powers).tolist()
            for graph, first in enumerate(self._first_code[vertices].tolist()):
                codes = canonical.codes_of_graph(graph)
                yield GraphCells(tuple(rows[graph]), first + codes, labels[codes])

    def table(self, columns: Columns) -> npt.NDArray[np.int32]:
        """Return the row of every code, -1 where `columns` does not have the cell; shape (size,)."""
        table = np.full(self.size, -1, dtype=np.int32)
        for vertices, graphs in self._graphs.items():
            rows = np.flatnonzero(columns.vertices == vertices)
            graph = np.searchsorted(graphs.bits, columns.adjacency[rows])
            codes = columns.operations[rows, : vertices - 2] @ digit_weights(vertices, self.operations)
            table[self._first_code[vertices][graph] + codes] = rows
        return table[self.canonical]

    def _canonical_codes(self) -> npt.NDArray[np.int32]:
        canonical = np.empty(self.size, dtype=np.int32)
        for vertices, labels in self._labels.items():
            for group, codes in enumerate(labels.canonical_code):
                first = self._first_code[vertices][labels.group_of == group, None]
                canonical[first + np.arange(len(codes))] = first + codes
        return canonical


@functools.lru_cache(maxsize=4)
def code_catalogue(bounds: SpaceBounds) -> CodeCatalogue | None:
    """Return the catalogue that all spaces of these bounds share; None where it would be too large."""
    if sum(count_full_dags(vertices, bounds.max_edges) for vertices in bounds.sizes) > _MATRIX_LIMIT:
        return None
    if len(bounds.operations) ** (bounds.max_vertices - 2) > _TABLE_LIMIT:
        return None
    catalogue = CodeCatalogue(bounds)
    return catalogue if catalogue.size <= _TABLE_LIMIT else None
