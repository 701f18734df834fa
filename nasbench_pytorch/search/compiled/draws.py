"""Random cells in compiled code, by each sampler.

A draw writes three integers: the position in the space, -1 where the cell may not be proposed, and the two integers of
the unpruned cell, its edges and its labels; see `packed_cells`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit
from nasbench_pytorch.search.compiled.generator import RandomState, random_below, random_float
from nasbench_pytorch.space.packed_cells import NOT_IN_SPACE, row_of
from nasbench_pytorch.suggestions import unknown_name

if TYPE_CHECKING:
    from nasbench_pytorch.search.compiled.cells import CompiledCells

Sampler = Literal["uniform", "notebook", "encoding_a", "encoding_b", "encoding_c"]
"""How random cells are drawn.

- `uniform`: each cell that may be proposed with the same probability.
- `notebook`: each possible edge with probability 1/2, each operation uniformly, drawn again until the pruned cell may
  be proposed (`random_spec` of the original's notebook). Cells of many matrices come more often.
- `encoding_a`, `encoding_b`, `encoding_c`: parameters of `encodings_abc` uniformly. A draw is an invalid proposal if it
  has more edges than allowed before pruning, or no path from input to output.
"""

SAMPLERS: tuple[str, ...] = get_args(Sampler)
UNIFORM, NOTEBOOK, ENCODING_A, ENCODING_B, ENCODING_C = range(5)

MOST_TRIES = 20_000
"""After this many draws in a row of cells that may not be proposed, one is drawn uniformly from those that may.

Only a table of few cells needs so many: in the whole space, half of the notebook's draws may be proposed."""

POSITION, EDGES, LABELS = range(3)
Draw = npt.NDArray[np.int64]
"""Shape (3,) or longer: position, edges, labels."""


def sampler_number(sampler: str) -> int:
    """Return the number of a sampler in compiled code.

    Raises:
        InputError: there is no such sampler; the message lists all.
    """
    if sampler not in SAMPLERS:
        raise unknown_name("sampler", sampler, SAMPLERS)
    return SAMPLERS.index(sampler)


def draws_invalid_cells(sampler: str) -> bool:
    """Return whether a sampler's draws may be invalid proposals."""
    return sampler.startswith("encoding")


@njit
def draw_cell(cells: CompiledCells, sampler: int, random: RandomState, draw: Draw) -> None:
    """Draw a cell; with the samplers of the encodings it may be invalid."""
    if sampler == NOTEBOOK:
        draw_valid(cells, sampler, random, draw)
    else:
        _draw_once(cells, sampler, random, draw)


@njit
def draw_valid(cells: CompiledCells, sampler: int, random: RandomState, draw: Draw) -> None:
    """Draw by any sampler until the cell may be proposed."""
    for _ in range(MOST_TRIES):
        _draw_once(cells, sampler, random, draw)
        if draw[POSITION] >= 0:
            return
    draw_uniform(cells, random, draw)


@njit
def draw_uniform(cells: CompiledCells, random: RandomState, draw: Draw) -> None:
    """Draw each cell that may be proposed with the same probability."""
    set_cell(cells, np.int64(cells.positions[random_below(random, len(cells.positions))]), draw)


@njit
def draw_unseen(
    cells: CompiledCells, sampler: int, random: RandomState, seen: npt.NDArray[np.bool_], draw: Draw
) -> None:
    """Draw until the cell may be proposed and has not been seen; at least one such cell must be left.

    Args:
        cells: the cells.
        sampler: number of the sampler.
        random: state of the generator.
        seen: bool, shape (N,): which positions have been seen.
        draw: receives the cell.
    """
    for _ in range(MOST_TRIES):
        _draw_once(cells, sampler, random, draw)
        if draw[POSITION] >= 0 and not seen[draw[POSITION]]:
            return
    left = 0
    for position in cells.positions:
        left += not seen[position]
    chosen = random_below(random, left)
    for position in cells.positions:
        if not seen[position]:
            if chosen == 0:
                set_cell(cells, np.int64(position), draw)
            chosen -= 1


@njit
def set_cell(cells: CompiledCells, position: int, draw: Draw) -> None:
    """Write a cell of the space, padded to the largest number of vertices."""
    draw[POSITION] = position
    draw[EDGES] = cells.space.edges[position]
    draw[LABELS] = cells.space.labels[position]


@njit
def allowed_row(cells: CompiledCells, edges: int, labels: int) -> int:
    """Return the position of an unpruned cell, -1 where it may not be proposed."""
    row = row_of(cells.space, edges, labels)
    return row if row >= 0 and cells.allowed[row] else NOT_IN_SPACE


@njit
def row_counting_all_edges(cells: CompiledCells, edges: int, labels: int) -> int:
    """Return the position of an unpruned cell, -1 where it may not be proposed or has too many edges before pruning."""
    return NOT_IN_SPACE if count_edges(edges) > cells.space.max_edges else allowed_row(cells, edges, labels)


@njit
def count_edges(edges: int) -> int:
    """Count the edges of an unpruned cell."""
    count = 0
    while edges:
        edges &= edges - 1
        count += 1
    return count


@njit
def possible_edges(cells: CompiledCells) -> int:
    """Return the number of possible edges, 21 in NAS-Bench-101."""
    return cells.space.max_vertices * (cells.space.max_vertices - 1) // 2


@njit
def _draw_once(cells: CompiledCells, sampler: int, random: RandomState, draw: Draw) -> None:
    if sampler == UNIFORM:
        draw_uniform(cells, random, draw)
        return
    labels = 0
    for vertex in range(cells.space.max_vertices - 2):
        labels |= random_below(random, cells.space.operations) << 8 * vertex
    if sampler == ENCODING_B:
        edges = _numbered_edges(cells, random)
    elif sampler == ENCODING_C:
        edges = _highest_edges(cells, random)
    else:
        edges = random_below(random, 1 << possible_edges(cells))
    draw[EDGES], draw[LABELS] = edges, labels
    if sampler == NOTEBOOK:
        draw[POSITION] = allowed_row(cells, edges, labels)
    else:
        draw[POSITION] = row_counting_all_edges(cells, edges, labels)


@njit
def _numbered_edges(cells: CompiledCells, random: RandomState) -> int:
    """Draw encoding B: as many edges as are allowed, each independently; the same edge may come twice."""
    edges = 0
    for _ in range(cells.space.max_edges):
        edges |= 1 << random_below(random, possible_edges(cells))
    return edges


@njit
def _highest_edges(cells: CompiledCells, random: RandomState) -> int:
    """Draw encoding C: a number of edges, then a set of that size, all sets with the same probability.

    The edges with the largest of independent real numbers, as the encoding defines them, are such a set.
    """
    possible = possible_edges(cells)
    wanted = random_below(random, min(cells.space.max_edges, possible) + 1)
    edges = 0
    for edge in range(possible):
        if random_float(random) * (possible - edge) < wanted:
            edges |= 1 << edge
            wanted -= 1
    return edges
