"""Order of the nodes of each layer: few crossings, bends at the sides."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

Node = tuple[int, ...]
"""(vertex,), or (source, target, layer) for a bend."""
Link = tuple[Node, Node]
"""Nodes of two consecutive layers, the upper first."""

_SWEEPS = 12
_ALL_ORDERS = 6  # largest layer for which every order is tried


def order_layers(layers: list[list[Node]], links: list[Link]) -> list[list[Node]]:
    """Sweep down and up; give each layer the order with the fewest crossings with its neighbours."""
    best, fewest = layers, _crossings(layers, links)
    current = [list(layer) for layer in layers]
    for sweep in range(_SWEEPS):
        numbers = range(len(current)) if sweep % 2 == 0 else reversed(range(len(current)))
        for number in numbers:
            current[number] = _best_order(current, number, links)
        crossings = _crossings(current, links)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in current], crossings
    return best


def linked_nodes(node: Node, links: list[Link]) -> list[Node]:
    """Return the nodes that links join to a node."""
    return [lower if upper == node else upper for upper, lower in links if node in (upper, lower)]


def mean(values: list[float]) -> float:
    """Return the mean of at least one value."""
    return sum(values) / len(values)


def _best_order(layers: list[list[Node]], number: int, links: list[Link]) -> list[Node]:
    layer = layers[number]
    if len(layer) > _ALL_ORDERS:
        relative = {node: position / len(other) for other in layers for position, node in enumerate(other)}
        return sorted(layer, key=lambda node: mean([relative[other] for other in linked_nodes(node, links)]))
    near = [pair for pair in links if pair[0] in layer or pair[1] in layer]

    def cost(order: Iterable[Node]) -> tuple[int, float]:
        trial = [*layers[:number], list(order), *layers[number + 1 :]]
        return _crossings(trial, near), _inward_bends(list(order))

    return list(min(itertools.permutations(layer), key=cost))


def _inward_bends(order: list[Node]) -> float:
    """Return a cost that is low where bends are at the sides, long ones outermost."""
    middle = (len(order) - 1) / 2
    return -sum((node[1] - node[0]) * abs(position - middle) for position, node in enumerate(order) if len(node) > 1)


def _crossings(layers: list[list[Node]], links: list[Link]) -> int:
    position = {node: (number, index) for number, layer in enumerate(layers) for index, node in enumerate(layer)}
    spans = [(*position[upper], position[lower][1]) for upper, lower in links]
    return sum(a[0] == b[0] and (a[1] - b[1]) * (a[2] - b[2]) < 0 for a, b in itertools.combinations(spans, 2))
