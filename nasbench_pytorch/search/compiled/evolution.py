"""Regularized evolution in compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit
from nasbench_pytorch.search.compiled.draws import POSITION, draw_cell, draw_unseen
from nasbench_pytorch.search.compiled.generator import RandomState, random_below
from nasbench_pytorch.search.compiled.ledger import RUNNING, STATE, Ledger, may_ask, query
from nasbench_pytorch.search.compiled.moves import change_one_parameter, flip_at_random, move_to_neighbour

if TYPE_CHECKING:
    from nasbench_pytorch.search.compiled.cells import CompiledCells

ONE_EDIT, ONE_PARAMETER, FLIPS = range(3)
"""Moves from a parent to its child."""

ASKED, SIZE, OLDEST = range(3)
"""Entries of `State.counts`: number of proposals so far, size of the population, and index of its oldest member."""


class Rules(NamedTuple):
    """Parameters of a variant.

    Attributes:
        sampler: number of the sampler of the first cells.
        move: number of the move.
        initial: number of random cells before the first child.
        capacity: size of the population at which the oldest member leaves it.
        tournament: number of cells of which the best becomes the parent.
        with_replacement: whether the tournament may hold a cell twice.
        distinct_initial: whether the random cells differ from each other.
        edge_probability: probability of the move `FLIPS` that it flips an edge.
        operation_probability: probability of the move `FLIPS` that it replaces an operation.
    """

    sampler: int
    move: int
    initial: int
    capacity: int
    tournament: int
    with_replacement: bool
    distinct_initial: bool
    edge_probability: float
    operation_probability: float


class State(NamedTuple):
    """What changes during a search; the functions change the arrays in place.

    Attributes:
        random: state of the generator.
        pending: int64, shape (4,): position, edges, labels and number of the budget of the last proposal.
        counts: int64, shape (3,), see `ASKED`.
        members: int64, shape (capacity, 3): position, edges and labels of each member, as a ring buffer.
        fitness: float64, shape (capacity,): accuracy that was observed of each member.
        chosen: int64, shape (capacity,): ages in a random order; the first are a tournament without replacement.
    """

    random: RandomState
    pending: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    members: npt.NDArray[np.int64]
    fitness: npt.NDArray[np.float64]
    chosen: npt.NDArray[np.int64]


def new_state(random: RandomState, cells: CompiledCells, rules: Rules) -> State:
    """Return the state before the first proposal."""
    del cells
    return State(
        random,
        np.zeros(4, np.int64),
        np.zeros(3, np.int64),
        np.zeros((rules.capacity, 3), np.int64),
        np.zeros(rules.capacity, np.float64),
        np.arange(rules.capacity, dtype=np.int64),
    )


@njit
def ask(cells: CompiledCells, rules: Rules, state: State) -> None:
    """Write the next proposal to `pending`: a random cell, or the child of a tournament's winner."""
    state.counts[ASKED] += 1
    if state.counts[ASKED] > rules.initial:
        parent = state.members[_winner(rules, state)]
        if rules.move == ONE_EDIT:
            move_to_neighbour(cells, parent[POSITION], state.random, state.pending)
        elif rules.move == ONE_PARAMETER:
            change_one_parameter(cells, parent, state.random, state.pending)
        else:
            flip_at_random(
                cells, parent, rules.edge_probability, rules.operation_probability, state.random, state.pending
            )
    elif rules.distinct_initial and state.counts[ASKED] <= len(cells.positions):
        seen = np.zeros(len(cells.allowed), np.bool_)
        for member in range(state.counts[SIZE]):
            seen[state.members[member, POSITION]] = True
        draw_unseen(cells, rules.sampler, state.random, seen, state.pending)
    else:
        draw_cell(cells, rules.sampler, state.random, state.pending)


@njit
def _winner(rules: Rules, state: State) -> int:
    """Return the index of a tournament's best member.

    Of equally good ones, the first drawn wins where members are drawn with replacement, else the youngest, as in the
    programs that the variants come from. An age counts from the oldest member, so a larger one is younger.
    """
    size, oldest, chosen = state.counts[SIZE], state.counts[OLDEST], state.chosen
    best, best_age = -1, -1
    for draw in range(min(rules.tournament, size) if not rules.with_replacement else rules.tournament):
        if rules.with_replacement:
            age = random_below(state.random, size)
        else:
            other = draw + random_below(state.random, size - draw)
            chosen[draw], chosen[other] = chosen[other], chosen[draw]
            age = chosen[draw]
        member = (oldest + age) % rules.capacity
        lead = 1.0 if best < 0 else state.fitness[member] - state.fitness[best]
        if lead > 0 or (lead == 0 and not rules.with_replacement and age > best_age):
            best, best_age = member, age
    return best


@njit
def tell(cells: CompiledCells, rules: Rules, state: State, value: float) -> None:  # noqa: ARG001 - all kernels have one signature
    """Add the proposal to the population; if it is full then, the oldest member leaves it."""
    counts = state.counts
    newest = (counts[OLDEST] + counts[SIZE]) % rules.capacity
    state.members[newest] = state.pending[:3]
    state.fitness[newest] = value
    counts[SIZE] += 1
    if counts[SIZE] == rules.capacity:
        counts[SIZE] -= 1
        counts[OLDEST] = (counts[OLDEST] + 1) % rules.capacity


@njit
def run(cells: CompiledCells, rules: Rules, state: State, ledger: Ledger) -> None:
    """Search until the run ends, or the ledger needs more room."""
    while may_ask(ledger):
        ask(cells, rules, state)
        value = query(ledger, state.pending[POSITION], 0)
        if ledger.counts[STATE] == RUNNING:
            tell(cells, rules, state, value)
