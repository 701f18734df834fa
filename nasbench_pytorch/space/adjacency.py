"""Matrices as one integer a row, and what is left of them when vertices go that are on no path."""

from __future__ import annotations

from collections.abc import Sequence

Rows = tuple[int, ...]
"""Entry v has bit w set where there is an edge v→w; every edge leads to a higher vertex."""


def vertices_on_a_path(rows: Sequence[int]) -> list[int]:
    """Vertices reachable from the first and reaching the last, ascending; empty where no path joins these two."""
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


def renumbered(rows: Sequence[int], order: Sequence[int]) -> Rows:
    """The rows of some vertices only, in a new order: vertex `order[i]` becomes i, the others go."""
    return tuple(sum((rows[old] >> target & 1) << new for new, target in enumerate(order)) for old in order)


def topological_order(rows: Sequence[int]) -> list[int] | None:
    """An order in which every edge leads forward, None if there is a cycle; here edges may lead anywhere."""
    order: list[int] = []
    waiting = list(range(len(rows)))
    while waiting:
        free = next((v for v in waiting if not any(rows[u] >> v & 1 for u in waiting)), None)
        if free is None:
            return None
        waiting.remove(free)
        order.append(free)
    return order
