"""Cells with one more edge that prune to a given cell after the edge is removed.

The search runs over canonical graphs instead of cells: removing an edge of a graph leaves the same smaller graph
whatever the labels, and indexing gives the labels of the remaining vertices. NAS-Bench-101 has 2,494 canonical graphs
of at most 9 edges each; the search takes about 0.3 s, once per process, and the result 18 MB.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.adjacency import Rows, induced_subgraph, vertices_on_a_path
from nasbench_pytorch.space.enumeration.cell_codes import code_catalogue

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.bounds import SpaceBounds


class ReverseEdits:
    """Codes of larger cells by the code of the cell that they prune to; codes as in `CodeCatalogue`."""

    def __init__(self, smaller: npt.NDArray[np.int32], larger: npt.NDArray[np.int32]) -> None:
        order = np.lexsort((larger, smaller))
        self._smaller, self._larger = smaller[order], larger[order]

    def __len__(self) -> int:
        return len(self._smaller)

    def larger(self, code: int) -> list[int]:
        """Return the codes of the larger cells; a code may occur more than once."""
        start, end = self._smaller.searchsorted([code, code + 1]).tolist()
        codes: list[int] = self._larger[start:end].tolist()
        return codes


@functools.lru_cache(maxsize=2)
def find_reverse_edits(bounds: SpaceBounds) -> ReverseEdits:
    """Find all reverse edits within bounds that have a `code_catalogue`."""
    catalogue = code_catalogue(bounds)
    assert catalogue is not None
    smaller, larger = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int32)]
    for rows, codes, labels in catalogue.cells_by_graph():
        for removal in _pruning_removals(rows):
            target = catalogue.codes_of(removal.rows, labels[:, [vertex - 1 for vertex in removal.kept[1:-1]]])
            smaller.append(catalogue.canonical[target])
            larger.append(codes.astype(np.int32))
    return ReverseEdits(np.concatenate(smaller), np.concatenate(larger))


class _Removal(NamedTuple):
    """Graph after the removal of an edge and pruning: the vertices kept, and its rows."""

    kept: list[int]
    rows: Rows


def _pruning_removals(rows: Rows) -> list[_Removal]:
    """Return the removals of one edge after which pruning removes vertices."""
    removals = []
    for source, bits in enumerate(rows):
        for target in range(source + 1, len(rows)):
            if bits >> target & 1:
                changed = [*rows[:source], bits ^ 1 << target, *rows[source + 1 :]]
                kept = vertices_on_a_path(changed)
                if kept and len(kept) < len(rows):
                    removals.append(_Removal(kept, induced_subgraph(changed, kept)))
    return removals
