"""From each cell to the larger ones of which removing one edge, and pruning, leaves it.

Found per structure rather than per cell: removing an edge of a structure leaves the same smaller structure whatever
the labels, and the labels of the vertices that are left follow by indexing. NAS-Bench-101 has 2,494 structures of at
most 9 edges each; all of it takes about 0.3 s, once per process, and the result 18 MB.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.adjacency import Rows, renumbered, vertices_on_a_path
from nasbench_pytorch.space.enumeration.cell_codes import structure_catalogue

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.bounds import SpaceBounds


class BackwardSteps:
    """Codes of larger cells by the code of the smaller one, as `cell_index` has them."""

    def __init__(self, smaller: npt.NDArray[np.int32], larger: npt.NDArray[np.int32]) -> None:
        order = np.lexsort((larger, smaller))
        self._smaller, self._larger = smaller[order], larger[order]

    def __len__(self) -> int:
        return len(self._smaller)

    def larger(self, code: int) -> list[int]:
        """Codes of the larger cells; a code may occur more than once."""
        start, end = self._smaller.searchsorted([code, code + 1]).tolist()
        codes: list[int] = self._larger[start:end].tolist()
        return codes


@functools.lru_cache(maxsize=2)
def backward_steps(bounds: SpaceBounds) -> BackwardSteps:
    """All backward steps within some bounds, for which there must be a `structure_catalogue`."""
    catalogue = structure_catalogue(bounds)
    assert catalogue is not None
    smaller, larger = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int32)]
    for rows, codes, labels in catalogue.structures():
        for kept, left in _pruning_removals(rows):
            target = catalogue.codes_of(left, labels[:, [vertex - 1 for vertex in kept[1:-1]]])
            smaller.append(catalogue.smallest[target])
            larger.append(codes.astype(np.int32))
    return BackwardSteps(np.concatenate(smaller), np.concatenate(larger))


def _pruning_removals(rows: Rows) -> list[tuple[list[int], Rows]]:
    """What is left when an edge is removed that takes vertices with it: the kept vertices and their rows."""
    found = []
    for source, bits in enumerate(rows):
        for target in range(source + 1, len(rows)):
            if bits >> target & 1:
                changed = [*rows[:source], bits ^ 1 << target, *rows[source + 1 :]]
                kept = vertices_on_a_path(changed)
                if kept and len(kept) < len(rows):
                    found.append((kept, renumbered(changed, kept)))
    return found
