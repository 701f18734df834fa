"""Local search in compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit
from nasbench_pytorch.search.compiled.draws import (
    EDGES,
    LABELS,
    POSITION,
    Draw,
    allowed_row,
    draw_unseen,
    possible_edges,
    set_cell,
)
from nasbench_pytorch.search.compiled.generator import RandomState, random_below
from nasbench_pytorch.search.compiled.ledger import NOTHING_LEFT, RUNNING, STATE, Ledger, may_ask, query
from nasbench_pytorch.space.packed_cells import kept_vertices, label_of, with_label

if TYPE_CHECKING:
    from nasbench_pytorch.search.compiled.cells import CompiledCells

STARTS_LEFT, QUEUED, SEEN = range(3)
"""Entries of `State.counts`: random starts still to come, neighbours still to try, and cells proposed so far."""

_OPERATION = 1 << 16
"""Number of an edit: that of the flipped edge; or, for a replaced operation, this plus 256 × vertex + label."""


class Rules(NamedTuple):
    """Parameters of local search.

    Attributes:
        sampler: number of the sampler of the starts.
        starts: random cells of which the best is the start.
        unpruned: whether neighbours are edits of the unpruned cell; else they come from the one-edit array.
    """

    sampler: int
    starts: int
    unpruned: bool


class State(NamedTuple):
    """What changes during a search; the functions change the arrays in place.

    Attributes:
        random: state of the generator.
        pending: int64, shape (4,): position, edges, labels and number of the budget of the last proposal.
        current: int64, shape (3,): the cell whose neighbours are tried.
        value: float64, shape (1,): accuracy that was observed of it; -inf before the first start is evaluated.
        counts: int64, shape (3,), see `STARTS_LEFT`.
        queue: int32: the neighbours, as positions or as numbers of edits; the first `counts[QUEUED]` are still to try.
        seen: bool, shape (N,): whether the cell of a position has been proposed.
    """

    random: RandomState
    pending: npt.NDArray[np.int64]
    current: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]
    queue: npt.NDArray[np.int32]
    seen: npt.NDArray[np.bool_]


def new_state(random: RandomState, cells: CompiledCells, rules: Rules) -> State:
    """Return the state before the first proposal."""
    size, operations = cells.space.max_vertices, cells.space.operations
    longest = size * (size - 1) // 2 + (size - 2) * operations if rules.unpruned else int(np.diff(cells.offsets).max())
    return State(
        random,
        np.zeros(4, np.int64),
        np.zeros(3, np.int64),
        np.full(1, -np.inf),
        np.array([rules.starts, 0, 0], np.int64),
        np.zeros(longest, np.int32),
        np.zeros(len(cells.allowed), np.bool_),
    )


@njit
def ask(cells: CompiledCells, rules: Rules, state: State) -> None:
    """Write the next proposal to `pending`: a random start, or a neighbour that was not proposed before."""
    counts, pending = state.counts, state.pending
    if counts[SEEN] == len(cells.positions):
        pending[POSITION] = NOTHING_LEFT
        return
    if counts[STARTS_LEFT] == 0 and not _next_neighbour(cells, rules, state):
        counts[STARTS_LEFT] = rules.starts
        state.value[0] = -np.inf
    if counts[STARTS_LEFT]:
        draw_unseen(cells, rules.sampler, state.random, state.seen, pending)
    state.seen[pending[POSITION]] = True
    counts[SEEN] += 1


@njit
def _next_neighbour(cells: CompiledCells, rules: Rules, state: State) -> bool:
    """Write a random one of the neighbours still to try to `pending`; return False where none is left."""
    counts, queue, pending = state.counts, state.queue, state.pending
    while counts[QUEUED]:
        chosen = random_below(state.random, counts[QUEUED])
        counts[QUEUED] -= 1
        neighbour, queue[chosen] = np.int64(queue[chosen]), queue[counts[QUEUED]]
        if rules.unpruned:
            _edit(cells, state.current, neighbour, pending)
        else:
            set_cell(cells, neighbour, pending)
        position = pending[POSITION]
        if position >= 0 and cells.allowed[position] and not state.seen[position]:
            return True
    return False


@njit
def tell(cells: CompiledCells, rules: Rules, state: State, value: float) -> None:
    """Move to the proposal if it is better than the current cell."""
    counts = state.counts
    if value > state.value[0]:
        state.current[:] = state.pending[:3]
        state.value[0] = value
        if counts[STARTS_LEFT] == 0:
            _list_neighbours(cells, rules, state)
    if counts[STARTS_LEFT]:
        counts[STARTS_LEFT] -= 1
        if counts[STARTS_LEFT] == 0:
            _list_neighbours(cells, rules, state)


@njit
def _list_neighbours(cells: CompiledCells, rules: Rules, state: State) -> None:
    """Write all neighbours of the current cell to the queue."""
    if rules.unpruned:
        _list_edits(cells, state)
        return
    start, stop = cells.offsets[state.current[POSITION]], cells.offsets[state.current[POSITION] + 1]
    state.queue[: stop - start] = cells.neighbours[start:stop]
    state.counts[QUEUED] = stop - start


@njit
def _list_edits(cells: CompiledCells, state: State) -> None:
    """Write the numbers of the unpruned cell's edits to the queue.

    They replace the operation of a vertex on a path from input to output, or flip an edge that is on such a path before
    or after the flip.
    """
    edges, labels, size = state.current[EDGES], state.current[LABELS], cells.space.max_vertices
    kept = kept_vertices(size, edges)
    count = 0
    for vertex in range(1, size - 1):
        for label in range(cells.space.operations):
            if kept >> vertex & 1 and label != label_of(labels, vertex):
                state.queue[count] = _OPERATION + vertex * 256 + label
                count += 1
    source, target = 0, 1
    for edge in range(possible_edges(cells)):
        changed = edges ^ (1 << edge)
        on_paths = kept if edges >> edge & 1 else kept_vertices(size, changed)
        if on_paths >> source & 1 and on_paths >> target & 1:
            state.queue[count] = edge
            count += 1
        source += 1
        if source == target:
            source, target = 0, target + 1
    state.counts[QUEUED] = count


@njit
def _edit(cells: CompiledCells, cell: Draw, number: int, child: Draw) -> None:
    edges, labels = cell[EDGES], cell[LABELS]
    if number >= _OPERATION:
        number -= _OPERATION
        labels = with_label(labels, number // 256, number % 256)
    else:
        edges ^= 1 << number
    child[POSITION], child[EDGES], child[LABELS] = allowed_row(cells, edges, labels), edges, labels


@njit
def run(cells: CompiledCells, rules: Rules, state: State, ledger: Ledger) -> None:
    """Search until the run ends, or the ledger needs more room."""
    while may_ask(ledger):
        ask(cells, rules, state)
        value = query(ledger, state.pending[POSITION], 0)
        if ledger.counts[STATE] == RUNNING:
            tell(cells, rules, state, value)
