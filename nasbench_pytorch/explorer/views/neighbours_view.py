"""The one-edit neighbours of a cell that a table has, each with the edit that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pytorch.space.adjacency import topological_order
from nasbench_pytorch.space.neighbourhood import neighbour_rows
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    import numpy.typing as npt

    from nasbench_pytorch.explorer.views.explored_table import ExploredTable
    from nasbench_pytorch.explorer.views.table_space import TableSpace

LARGER = "one edge more: removing it leads back"
"""The edit to a neighbour that no edit of the cell gives, because the way back prunes a vertex."""


MOST_NEIGHBOURS = 120
"""Neighbours that are described. Small cells have tens of thousands, most of which prune to them without one edge."""


def describe_neighbours(table: ExploredTable, spec: ModelSpec) -> dict[str, Any]:
    """Return the neighbours of a cell.

    Args:
        table: the table.
        spec: a valid cell; it need not be in the table.

    Returns:
        `neighbours`, the most accurate ones in the table, at most `MOST_NEIGHBOURS`, the best first;
        `neighbours_total`, how many the table has; and `neighbours_outside`, how many others the space has. The numbers
        are None where the space is too large to be listed, or does not have the cell.
    """
    space = table.space
    if space is None or space.cells.find(spec) is None:
        return {"neighbours": [], "neighbours_total": None, "neighbours_outside": None}
    positions = np.array(neighbour_rows(space.cells, spec), np.int64)
    rows = space.rows_in_table(positions)
    positions, here = positions[rows >= 0], rows[rows >= 0]
    best = np.argsort(-np.nan_to_num(table.accuracies[here], nan=-1), kind="stable")[:MOST_NEIGHBOURS]
    edits = dict(_edits(space, spec))
    return {
        "neighbours": [
            _described(table, row, edits.get(position, LARGER))
            for position, row in zip(positions[best].tolist(), here[best].tolist(), strict=True)
        ],
        "neighbours_total": len(here),
        "neighbours_outside": len(rows) - len(here),
    }


def _described(table: ExploredTable, row: int, edit: str) -> dict[str, Any]:
    cell = table.spec(row).pruned()
    return {
        "row": row,
        "hash": table.file.hash_of(row),
        "matrix": cell.matrix.tolist(),
        "ops": list(cell.ops),
        "accuracy": table.accuracy(row),
        "edit": edit,
    }


def _edits(space: TableSpace, spec: ModelSpec) -> Iterator[tuple[int, str]]:
    """Yield the position of each cell that one edit gives, and the edit in the numbers of `spec`'s pruned vertices."""
    for edited, text in _edited(space.cells.bounds.operations, spec):
        position = space.cells.find(edited) if edited.valid_spec else None
        if position is not None:
            yield position, text


def _edited(operations: tuple[str, ...], spec: ModelSpec) -> Iterator[tuple[ModelSpec, str]]:
    matrix, ops, _ = spec.pruned()
    size = len(ops)
    for vertex in range(1, size - 1):
        for name in operations:
            if name != ops[vertex]:
                changed = [*ops[:vertex], name, *ops[vertex + 1 :]]
                yield ModelSpec(matrix, changed), f"vertex {vertex}: {ops[vertex]} → {name}"
    for source in range(size - 1):
        for target in range(1, size):
            if source != target and not matrix[target, source]:
                changed_matrix = matrix.copy()
                changed_matrix[source, target] ^= 1
                ordered = _in_order(changed_matrix, ops)
                if ordered is not None:
                    verb = "remove" if matrix[source, target] else "add"
                    yield ordered, f"{verb} edge {source}→{target}"


def _in_order(matrix: npt.NDArray[np.int8], ops: list[str]) -> ModelSpec | None:
    """Return the spec of a matrix whose edges may lead anywhere; None if there is a cycle."""
    if not np.tril(matrix).any():
        return ModelSpec(matrix, ops)
    rows = [int(sum(1 << target for target in np.flatnonzero(row).tolist())) for row in matrix]
    order = topological_order(rows)
    if order is None or order[0] != 0 or order[-1] != len(ops) - 1:
        return None
    return ModelSpec(matrix[np.ix_(order, order)], [ops[vertex] for vertex in order])
