"""Horizontal coordinates of the nodes of ordered layers: near their neighbours, on straight lines."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.plots.layer_orders import Link, Node, linked_nodes, mean

Gap = Callable[[Node, Node], float]
"""Least distance of two neighbours of a layer, the left one first."""

_SWEEPS = 40
_STRAIGHTNESS = 2.5  # weight of links between two vertices or two bends, against those between a vertex and a bend
_STAY = 0.5  # weight of a node's move


def layer_coordinates(layers: list[list[Node]], links: list[Link], gap: Gap) -> dict[Node, float]:
    """Return the x of each node, in the order of its layer."""
    return _straightened(_swept(layers, links, gap), layers, links, gap)


def _swept(layers: list[list[Node]], links: list[Link], gap: Gap) -> dict[Node, float]:
    """Move each node towards the mean of its neighbours, as far as order and gaps allow."""
    x: dict[Node, float] = {}
    for layer in layers:
        positions = [0.0, *itertools.accumulate(gap(a, b) for a, b in itertools.pairwise(layer))]
        x.update({node: position - positions[-1] / 2 for node, position in zip(layer, positions, strict=True)})
    linked = {node: linked_nodes(node, links) for node in x}
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = [mean([x[other] for other in linked[node]]) for node in layer]
            gaps = [gap(a, b) for a, b in itertools.pairwise(layer)]
            x.update(zip(layer, _spread(wanted, gaps), strict=True))
    return x


def _spread(wanted: list[float], gaps: list[float]) -> list[float]:
    """Return the closest positions (least squares) to those wanted that keep the gaps.

    Nodes that would come too close form a block, and each block moves to the mean of its wanted positions.
    """
    offsets = [0.0, *itertools.accumulate(gaps)]
    blocks: list[list[float]] = []
    for position, offset in zip(wanted, offsets, strict=True):
        blocks.append([position - offset])
        while len(blocks) > 1 and mean(blocks[-2]) > mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    starts = [mean(block) for block in blocks for _ in block]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]


def _straightened(x: dict[Node, float], layers: list[list[Node]], links: list[Link], gap: Gap) -> dict[Node, float]:
    """Make almost straight lines straight: minimise the sum of sideways distances, which favours zeros, near `x`.

    The variables of this linear programme are each node's coordinate, a bound on each node's move, and a bound on each
    link's sideways distance.
    """
    from scipy.optimize import linprog

    number = {node: position for position, node in enumerate(x)}
    count = len(x)
    size = 2 * count + len(links)
    rows: list[npt.NDArray[np.float64]] = []
    limits: list[float] = []

    def require(terms: dict[int, float], at_most: float) -> None:
        row = np.zeros(size)
        for column, factor in terms.items():
            row[column] = factor
        rows.append(row)
        limits.append(at_most)

    for link, (upper, lower) in enumerate(links):
        for sign in (1.0, -1.0):
            require({number[upper]: sign, number[lower]: -sign, 2 * count + link: -1.0}, 0.0)
    for node, column in number.items():
        for sign in (1.0, -1.0):
            require({column: sign, count + column: -1.0}, sign * x[node])
    for layer in layers:
        for left, right in itertools.pairwise(layer):
            require({number[left]: 1.0, number[right]: -1.0}, -gap(left, right))
    cost = [0.0] * count + [_STAY] * count + [_STRAIGHTNESS if len(a) == len(b) else 1.0 for a, b in links]
    bounds = [(None, None)] * count + [(0, None)] * (size - count)
    solution = linprog(cost, A_ub=np.array(rows), b_ub=limits, bounds=bounds, method="highs")
    return x if solution.x is None else {node: float(solution.x[column]) for node, column in number.items()}
