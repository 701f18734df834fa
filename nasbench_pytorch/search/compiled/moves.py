"""Random moves from an unpruned cell in compiled code; a move writes position, edges and labels as a draw does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.njit import njit
from nasbench_pytorch.search.compiled.draws import (
    EDGES,
    LABELS,
    MOST_TRIES,
    POSITION,
    Draw,
    allowed_row,
    draw_uniform,
    possible_edges,
    row_counting_all_edges,
    set_cell,
)
from nasbench_pytorch.search.compiled.generator import RandomState, random_below, random_float
from nasbench_pytorch.space.packed_cells import label_of, with_label

if TYPE_CHECKING:
    from nasbench_pytorch.search.compiled.cells import CompiledCells


@njit
def move_to_neighbour(cells: CompiledCells, position: int, random: RandomState, child: Draw) -> None:
    """Move to a one-edit neighbour that may be proposed, each with the same probability.

    Where there is none, draw a cell uniformly.
    """
    start, stop = cells.offsets[position], cells.offsets[position + 1]
    for _ in range(4 * (stop - start)):
        neighbour = cells.neighbours[start + random_below(random, stop - start)]
        if cells.allowed[neighbour]:
            set_cell(cells, np.int64(neighbour), child)
            return
    count = 0
    for neighbour in cells.neighbours[start:stop]:
        count += cells.allowed[neighbour]
    if count == 0:
        draw_uniform(cells, random, child)
        return
    chosen = random_below(random, count)
    for neighbour in cells.neighbours[start:stop]:
        if cells.allowed[neighbour]:
            if chosen == 0:
                set_cell(cells, np.int64(neighbour), child)
            chosen -= 1


@njit
def flip_at_random(
    cells: CompiledCells,
    parent: Draw,
    edge_probability: float,
    operation_probability: float,
    random: RandomState,
    child: Draw,
) -> None:
    """Flip each possible edge and replace each operation with given probabilities, until the cell may be proposed.

    The result may be the parent. After `MOST_TRIES` tries without success, a cell is drawn uniformly.
    """
    for _ in range(MOST_TRIES):
        edges, labels = parent[EDGES], parent[LABELS]
        for edge in range(possible_edges(cells)):
            if random_float(random) < edge_probability:
                edges ^= 1 << edge
        for vertex in range(1, cells.space.max_vertices - 1):
            if random_float(random) < operation_probability:
                labels = _other_operation(cells, labels, vertex, random)
        row = allowed_row(cells, edges, labels)
        if row >= 0:
            child[POSITION], child[EDGES], child[LABELS] = row, edges, labels
            return
    draw_uniform(cells, random, child)


@njit
def change_one_parameter(cells: CompiledCells, parent: Draw, random: RandomState, child: Draw) -> None:
    """Change one parameter of encoding A: an edge or an operation, 26 in all. The result may be invalid."""
    edges, labels = parent[EDGES], parent[LABELS]
    parameter = random_below(random, possible_edges(cells) + cells.space.max_vertices - 2)
    if parameter < possible_edges(cells):
        edges ^= 1 << parameter
    else:
        labels = _other_operation(cells, labels, parameter - possible_edges(cells) + 1, random)
    child[POSITION], child[EDGES], child[LABELS] = row_counting_all_edges(cells, edges, labels), edges, labels


@njit
def _other_operation(cells: CompiledCells, labels: int, vertex: int, random: RandomState) -> int:
    """Replace a vertex's operation with another one, each with the same probability."""
    if cells.space.operations == 1:
        return labels
    label = random_below(random, cells.space.operations - 1)
    return with_label(labels, vertex, label + (label >= label_of(labels, vertex)))
