"""All one-edit neighbours of a cell.

Two cells are neighbours if one edit of either, followed by pruning, gives the other. The edits of a cell are: remove
an edge, add an edge (in either direction, as long as there is no cycle), replace an operation. They do not depend on
how the vertices are numbered, and isolated vertices add nothing to them.

Adding an edge and replacing an operation never prune, so these are undone by one edit. Removing an edge may prune: the
larger cell then reaches the smaller one, but no edit of the smaller one leads back. These backward steps cannot be
found from the smaller cell without looking at all larger ones; `backward_steps` does that once for the whole space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.adjacency import Rows, renumbered, topological_order, vertices_on_a_path
from nasbench_pytorch.space.enumeration.cell_codes import StructureCatalogue, structure_catalogue
from nasbench_pytorch.space.enumeration.reverse_edits import backward_steps

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace
    from nasbench_pytorch.space.spec import ModelSpec


def neighbour_rows(space: SearchSpace, cell: ModelSpec | str) -> list[int]:
    """Rows of all neighbours of a cell that are in the space, ascending; the cell itself is not among them.

    Args:
        space: the space, or a subset.
        cell: a spec in any numbering, or a hash. It must be within the bounds, but need not be in a subset.

    Raises:
        InputError: the cell is not within the bounds, the hash is unknown, or the space is too large for this.
    """
    catalogue = structure_catalogue(space.bounds)
    table = space.code_table
    if catalogue is None or table is None:
        raise InputError(
            "neighbours are known only in spaces of at most 16,777,216 labelled structures, "
            "and where no hashes collide; lower a bound"
        )
    spec = space[space.index_of(cell)] if isinstance(cell, str) else cell
    labels = space.labels_of(spec)
    own = None if labels is None else catalogue.code(spec.adjacency_rows(), labels)
    if labels is None or own is None:
        raise InputError(f"the cell {cell!r} is not within the bounds of {space!r}")
    smallest = int(catalogue.smallest[own])
    codes = [*_forward(catalogue, spec.adjacency_rows(), labels), *backward_steps(space.bounds).larger(smallest)]
    return [row for row in np.unique(table[codes]).tolist() if row >= 0 and row != table[own]]


def neighbours(space: SearchSpace, cell: ModelSpec | str) -> list[ModelSpec]:
    """The cells of `neighbour_rows`."""
    return [space[row] for row in neighbour_rows(space, cell)]


def _forward(catalogue: StructureCatalogue, rows: Rows, labels: list[int]) -> Iterator[int]:
    """Codes of what one edit of a pruned cell gives; the cell itself may be among them."""
    for vertex, label in enumerate(labels):
        for other in range(catalogue.operations):
            if other != label:
                yield from _code(catalogue, rows, [*labels[:vertex], other, *labels[vertex + 1 :]])
    for source, target in ((s, t) for s in range(len(rows) - 1) for t in range(1, len(rows)) if s != t):
        changed = list(rows)
        changed[source] ^= 1 << target
        order: Sequence[int] | None = range(len(rows))
        if rows[source] >> target & 1:
            order = vertices_on_a_path(changed)
        elif source > target:
            order = topological_order(changed)
        if order:
            new_labels = [labels[vertex - 1] for vertex in order[1:-1]]
            yield from _code(catalogue, renumbered(changed, order), new_labels)


def _code(catalogue: StructureCatalogue, rows: Rows, labels: Sequence[int]) -> Iterator[int]:
    code = catalogue.code(rows, labels)
    if code is not None:
        yield code
