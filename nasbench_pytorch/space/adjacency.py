"""Adjacency matrices as one integer per row: pruning, induced subgraphs, topological order."""

from __future__ import annotations

from collections.abc import Sequence

Rows = tuple[int, ...]
"""Rows of a matrix: bit w of entry v is set where there is an edge v→w. Every edge leads to a higher vertex."""


def vertices_on_a_path(rows: Sequence[int]) -> list[int]:
    """Return the vertices on paths from the first to the last vertex, ascending; empty if there is no path."""
    last = len(rows) - 1
    from_input = 1
    for vertex, bits in enumerate(rows):
        if from_input >> vertex & 1:
            from_input |= bits
    to_output = 1 << last
    for vertex in range(last - 1, -1, -1):
        if rows[vertex] & to_output:
            to_output |= 1 << vertex
    kept = from_input & to_output
    if not kept >> last & 1 or not kept & 1:
        return []
    return [vertex for vertex in range(last + 1) if kept >> vertex & 1]


def induced_subgraph(rows: Sequence[int], vertices: Sequence[int]) -> Rows:
    """Return the rows of the subgraph that some vertices induce; `vertices[i]` becomes vertex i."""
    return tuple(sum((rows[old] >> target & 1) << new for new, target in enumerate(vertices)) for old in vertices)


def topological_order(rows: Sequence[int]) -> list[int] | None:
    """Return an order in which every edge leads forward, or None if there is a cycle. Edges may lead anywhere."""
    order: list[int] = []
    remaining = list(range(len(rows)))
    while remaining:
        source = next((v for v in remaining if not any(rows[u] >> v & 1 for u in remaining)), None)
        if source is None:
            return None
        remaining.remove(source)
        order.append(source)
    return order
