"""Layout of a cell in a picture: layers from top to bottom, few crossings, straight lines.

The layout follows Sugiyama et al. 1981. A vertex's layer is its longest path from the input. An edge over several
layers gets a bend in each layer between. Layers are sorted for the fewest crossings, then moved sideways towards their
neighbours. Distances are in units of the drawing; y grows upwards.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.plots.layer_coordinates import layer_coordinates
from nasbench_pytorch.plots.layer_orders import Node, order_layers

Point = tuple[float, float]
Matrix = Sequence[Sequence[int]] | npt.NDArray[np.int8]


@dataclass(frozen=True)
class CellLayout:
    """Positions of a cell's parts.

    Attributes:
        centres: x and y of each vertex.
        routes: for each edge (source, target) the points on its way, both vertices' centres included.
        width: distance from the leftmost to the rightmost centre.
        height: distance from the lowest to the highest centre.
    """

    centres: list[Point]
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
    layers = order_layers(_layers(depth, chains.values()), links)

    def gap(left: Node, right: Node) -> float:
        return vertex_gap if len(left) == len(right) == 1 else bend_gap

    x = layer_coordinates(layers, links, gap)
    left, right = min(x.values()), max(x.values())
    level = {node: number for number, layer in enumerate(layers) for node in layer}
    point = {node: (x[node] - (left + right) / 2, -layer_gap * level[node]) for node in x}
    return CellLayout(
        centres=[point[(vertex,)] for vertex in range(size)],
        routes={edge: [point[node] for node in chain] for edge, chain in chains.items()},
        width=right - left,
        height=layer_gap * (len(layers) - 1),
    )


def _depths(size: int, edges: list[tuple[int, int]]) -> list[int]:
    depth = [0] * size
    for source, target in edges:  # ascending sources, so the depth of a source is final before its edges are followed
        depth[target] = max(depth[target], depth[source] + 1)
    return depth


def _chain(edge: tuple[int, int], depth: list[int]) -> list[Node]:
    """Return the nodes of an edge: its source, a bend in each layer between, and its target."""
    source, target = edge
    bends = [(source, target, layer) for layer in range(depth[source] + 1, depth[target])]
    return [(source,), *bends, (target,)]


def _layers(depth: list[int], chains: Iterable[list[Node]]) -> list[list[Node]]:
    layers: list[list[Node]] = [[] for _ in range(max(depth) + 1)]
    for vertex, layer in enumerate(depth):
        layers[layer].append((vertex,))
    for chain in chains:
        for bend in chain[1:-1]:
            layers[bend[2]].append(bend)
    return layers
