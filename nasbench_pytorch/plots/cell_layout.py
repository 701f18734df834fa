"""Where the vertices and edges of a cell go in a picture: layers from top to bottom, few crossings, straight lines.

The classic scheme of Sugiyama et al. 1981: a vertex's layer is its longest path from the input; an edge over several
layers gets a bend in each between; layers are put in the order with the fewest crossings, then moved sideways towards
their neighbours. Distances are in units of the drawing, y grows upwards.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
Matrix = Sequence[Sequence[int]] | npt.NDArray[np.int8]
Node = tuple[int, ...]
"""(vertex,) or (source, target, layer) for a bend."""
Link = tuple[Node, Node]
"""Nodes of two layers that follow each other, the upper first."""

_SWEEPS = 12
_SIDEWAYS_SWEEPS = 40
_STRAIGHTNESS = 2.5  # weight of links between two vertices or two bends, against those between a vertex and a bend
_STAY = 0.5  # weight of a node's move
_ALL_ORDERS = 6  # a layer of at most so many nodes is put in its best order by trying all


@dataclass(frozen=True)
class CellLayout:
    """Places of a cell's parts.

    Attributes:
        places: x and y of each vertex's centre.
        routes: for each edge (source, target) the points that it passes, both vertices' centres included.
        width: from the leftmost to the rightmost centre.
        height: from the lowest to the highest centre.
    """

    places: list[Point]
    routes: dict[tuple[int, int], list[Point]]
    width: float
    height: float


def lay_out_cell(matrix: Matrix, vertex_gap: float, bend_gap: float, layer_gap: float) -> CellLayout:
    """Lay out a full cell: every vertex on a path from the first to the last.

    Args:
        matrix: V×V, upper triangular.
        vertex_gap: least distance of the centres of two vertices of a layer.
        bend_gap: least distance of a bend from its neighbour in the layer.
        layer_gap: distance of layers.
    """
    size = len(matrix)
    edges = [(source, target) for source in range(size) for target in range(size) if matrix[source][target]]
    depth = _depths(size, edges)
    chains = {edge: _chain(edge, depth) for edge in edges}
    links = [pair for chain in chains.values() for pair in itertools.pairwise(chain)]
    layers: list[list[Node]] = [[] for _ in range(max(depth) + 1)]
    for vertex in range(size):
        layers[depth[vertex]].append((vertex,))
    for chain in chains.values():
        for bend in chain[1:-1]:
            layers[bend[2]].append(bend)
    layers = _fewest_crossings(layers, links)

    def gap(left: Node, right: Node) -> float:
        return vertex_gap if len(left) == len(right) == 1 else bend_gap

    x = _straightened(_sideways(layers, links, gap), layers, links, gap)
    left, right = min(x.values()), max(x.values())
    level = {node: number for number, layer in enumerate(layers) for node in layer}
    point = {node: (x[node] - (left + right) / 2, -layer_gap * level[node]) for node in x}
    return CellLayout(
        places=[point[(vertex,)] for vertex in range(size)],
        routes={edge: [point[node] for node in chain] for edge, chain in chains.items()},
        width=right - left,
        height=layer_gap * (len(layers) - 1),
    )


def _depths(size: int, edges: list[tuple[int, int]]) -> list[int]:
    depth = [0] * size
    for source, target in edges:  # ascending sources, so a vertex is done before its edges are followed
        depth[target] = max(depth[target], depth[source] + 1)
    return depth


def _chain(edge: tuple[int, int], depth: list[int]) -> list[Node]:
    source, target = edge
    bends = [(source, target, layer) for layer in range(depth[source] + 1, depth[target])]
    return [(source,), *bends, (target,)]


def _fewest_crossings(layers: list[list[Node]], links: list[Link]) -> list[list[Node]]:
    """Sweep down and up; each layer takes the order with the fewest crossings with its neighbours."""
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


def _best_order(layers: list[list[Node]], number: int, links: list[Link]) -> list[Node]:
    layer = layers[number]
    if len(layer) > _ALL_ORDERS:
        place = {node: position / len(other) for other in layers for position, node in enumerate(other)}
        return sorted(layer, key=lambda node: _mean([place[other] for other in _linked(node, links)]))
    near = [pair for pair in links if pair[0] in layer or pair[1] in layer]

    def cost(order: Iterable[Node]) -> tuple[int, float]:
        trial = [*layers[:number], list(order), *layers[number + 1 :]]
        return _crossings(trial, near), _inward_bends(list(order))

    return list(min(itertools.permutations(layer), key=cost))


def _inward_bends(order: list[Node]) -> float:
    """Among orders with equal crossings bends belong at the sides, long ones outermost."""
    middle = (len(order) - 1) / 2
    return -sum((node[1] - node[0]) * abs(place - middle) for place, node in enumerate(order) if len(node) > 1)


def _crossings(layers: list[list[Node]], links: list[Link]) -> int:
    place = {node: (number, position) for number, layer in enumerate(layers) for position, node in enumerate(layer)}
    spans = [(*place[upper], place[lower][1]) for upper, lower in links]
    return sum(a[0] == b[0] and (a[1] - b[1]) * (a[2] - b[2]) < 0 for a, b in itertools.combinations(spans, 2))


def _sideways(layers: list[list[Node]], links: list[Link], gap: Callable[[Node, Node], float]) -> dict[Node, float]:
    """Move each node towards the mean of its neighbours, as far as order and gaps allow."""
    x: dict[Node, float] = {}
    for layer in layers:
        positions = [0.0, *itertools.accumulate(gap(a, b) for a, b in itertools.pairwise(layer))]
        x.update({node: position - positions[-1] / 2 for node, position in zip(layer, positions, strict=True)})
    linked = {node: _linked(node, links) for node in x}
    for sweep in range(_SIDEWAYS_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = [_mean([x[other] for other in linked[node]]) for node in layer]
            gaps = [gap(a, b) for a, b in itertools.pairwise(layer)]
            x.update(zip(layer, _spread(wanted, gaps), strict=True))
    return x


def _straightened(
    x: dict[Node, float], layers: list[list[Node]], links: list[Link], gap: Callable[[Node, Node], float]
) -> dict[Node, float]:
    """Make almost straight lines straight: least sum of sideways distances, which likes zeros, near the places `x`.

    A linear programme over each node's place, a bound of each link's sideways distance, and of each node's move.
    """
    from scipy.optimize import linprog

    nodes = list(x)
    number = {node: position for position, node in enumerate(nodes)}
    count = len(nodes)
    size = 2 * count + len(links)
    rows: list[npt.NDArray[np.float64]] = []
    limits: list[float] = []

    def require(terms: dict[int, float], at_most: float) -> None:
        row = np.zeros(size)
        for column, factor in terms.items():
            row[column] = factor
        rows.append(row)
        limits.append(at_most)

    for place, (upper, lower) in enumerate(links):
        for sign in (1.0, -1.0):
            require({number[upper]: sign, number[lower]: -sign, 2 * count + place: -1.0}, 0.0)
    for node, place in number.items():
        for sign in (1.0, -1.0):
            require({place: sign, count + place: -1.0}, sign * x[node])
    for layer in layers:
        for left, right in itertools.pairwise(layer):
            require({number[left]: 1.0, number[right]: -1.0}, -gap(left, right))
    cost = [0.0] * count + [_STAY] * count + [_STRAIGHTNESS if len(a) == len(b) else 1.0 for a, b in links]
    bounds = [(None, None)] * count + [(0, None)] * (size - count)
    solution = linprog(cost, A_ub=np.array(rows), b_ub=limits, bounds=bounds, method="highs")
    return x if solution.x is None else {node: float(solution.x[place]) for node, place in number.items()}


def _spread(wanted: list[float], gaps: list[float]) -> list[float]:
    """Closest positions (least squares) to those wanted that keep the gaps: blocks that touch move to their mean."""
    offsets = [0.0, *itertools.accumulate(gaps)]
    blocks: list[list[float]] = []
    for position, offset in zip(wanted, offsets, strict=True):
        blocks.append([position - offset])
        while len(blocks) > 1 and _mean(blocks[-2]) > _mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    starts = [_mean(block) for block in blocks for _ in block]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]


def _linked(node: Node, links: list[Link]) -> list[Node]:
    return [lower if upper == node else upper for upper, lower in links if node in (upper, lower)]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
