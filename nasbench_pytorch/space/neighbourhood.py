"""All one-edit neighbours of a cell.

Two cells are neighbours if one edit of either, followed by pruning, gives the other. An edit removes an edge, adds an
edge (in either direction, as long as there is no cycle), or replaces an operation. The edits do not depend on the
numbering of the vertices, and isolated vertices add none.

Adding an edge and replacing an operation never prune, so one edit undoes them. Removing an edge may prune: the larger
cell then leads to the smaller one, but no edit of the smaller one leads back. Such reverse edits can be found only by
looking at all larger cells; `find_reverse_edits` does so once for the whole space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.adjacency import Rows, induced_subgraph, topological_order, vertices_on_a_path
from nasbench_pytorch.space.enumeration.cell_codes import CodeCatalogue, code_catalogue
from nasbench_pytorch.space.enumeration.reverse_edits import find_reverse_edits

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace
    from nasbench_pytorch.space.spec import ModelSpec


def neighbour_rows(space: SearchSpace, cell: ModelSpec | str) -> list[int]:
    """Return the rows of all neighbours of a cell that are in the space, ascending and without the cell itself.

    Args:
        space: the space, or a subset.
        cell: a spec under any numbering of its vertices, or a hash. A spec must be within the bounds, but need not be
            in the subset.

    Raises:
        InputError: the cell is not within the bounds, the hash is unknown, or the space is too large.
    """
    catalogue = code_catalogue(space.bounds)
    table = space.code_table
    if catalogue is None or table is None:
        raise InputError(
            "neighbours can be found only in spaces of at most 16,777,216 labelled graphs and without hash collisions; "
            "lower a bound"
        )
    spec = space[space.index_of(cell)] if isinstance(cell, str) else cell
    labels = space.labels_of(spec)
    code = None if labels is None else catalogue.code(spec.adjacency_rows(), labels)
    if labels is None or code is None:
        raise InputError(f"the cell {cell!r} is not within the bounds of {space!r}")
    reverse_edits = find_reverse_edits(space.bounds)
    codes = [
        *_codes_after_one_edit(catalogue, spec.adjacency_rows(), labels),
        *reverse_edits.larger(int(catalogue.canonical[code])),
    ]
    return [row for row in np.unique(table[codes]).tolist() if row >= 0 and row != table[code]]


def neighbours(space: SearchSpace, cell: ModelSpec | str) -> list[ModelSpec]:
    """Return the cells of `neighbour_rows`."""
    return [space[row] for row in neighbour_rows(space, cell)]


def _codes_after_one_edit(catalogue: CodeCatalogue, rows: Rows, labels: list[int]) -> Iterator[int]:
    """Yield the codes of the cells that one edit of a pruned cell gives, possibly the cell itself among them."""
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
            yield from _code(catalogue, induced_subgraph(changed, order), new_labels)


def _code(catalogue: CodeCatalogue, rows: Rows, labels: Sequence[int]) -> Iterator[int]:
    code = catalogue.code(rows, labels)
    if code is not None:
        yield code
