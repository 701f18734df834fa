"""Brackets of successive halving in compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit
from nasbench_pytorch.search.compiled.draws import POSITION, draw_cell
from nasbench_pytorch.search.compiled.ledger import RUNNING, STATE, Ledger, may_ask, query

if TYPE_CHECKING:
    from nasbench_pytorch.search.compiled.cells import CompiledCells
    from nasbench_pytorch.search.compiled.generator import RandomState

BUDGET = 3
"""Entry of `State.pending`: number of the budget, ascending."""

BRACKET, RUNG, EVALUATED = range(3)
"""Entries of `State.counts`: number of the bracket and of its rung, and how many of the rung's cells are evaluated."""


class Rules(NamedTuple):
    """Parameters of the brackets.

    Attributes:
        sampler: number of the sampler.
        sizes: int64, shape (brackets, rungs): number of cells of each rung, 0 after the last one.
        first_budgets: int64, shape (brackets,): number of the budget of each bracket's first rung.
    """

    sampler: int
    sizes: npt.NDArray[np.int64]
    first_budgets: npt.NDArray[np.int64]


class State(NamedTuple):
    """What changes during a search; the functions change the arrays in place.

    Attributes:
        random: state of the generator.
        pending: int64, shape (4,): position, edges, labels and number of the budget of the last proposal.
        counts: int64, shape (3,), see `BRACKET`.
        members: int64, shape (largest rung, 3): position, edges and labels of the rung's cells.
        values: float64, shape (largest rung,): accuracy that was observed of each.
    """

    random: RandomState
    pending: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    members: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


def new_state(random: RandomState, cells: CompiledCells, rules: Rules) -> State:
    """Return the state before the first proposal."""
    del cells
    largest = int(rules.sizes.max())
    return State(
        random,
        np.zeros(4, np.int64),
        np.zeros(3, np.int64),
        np.zeros((largest, 3), np.int64),
        np.zeros(largest, np.float64),
    )


@njit
def ask(cells: CompiledCells, rules: Rules, state: State) -> None:
    """Write the next proposal to `pending`: a random cell in a bracket's first rung, else a promoted one."""
    bracket, rung, member = state.counts
    if rung == 0:
        draw_cell(cells, rules.sampler, state.random, state.pending)
        state.members[member] = state.pending[:3]
    else:
        state.pending[:3] = state.members[member]
    state.pending[BUDGET] = rules.first_budgets[bracket] + rung


@njit
def tell(cells: CompiledCells, rules: Rules, state: State, value: float) -> None:  # noqa: ARG001 - all kernels have one signature
    """Keep the value. At the end of a rung, promote the best cells; of equally good ones, the earlier."""
    counts = state.counts
    state.values[counts[EVALUATED]] = value
    counts[EVALUATED] += 1
    bracket, rung = counts[BRACKET], counts[RUNG]
    size = rules.sizes[bracket, rung]
    if counts[EVALUATED] < size:
        return
    counts[EVALUATED] = 0
    counts[RUNG] += 1
    next_size = rules.sizes[bracket, rung + 1] if rung + 1 < rules.sizes.shape[1] else 0
    if next_size == 0:
        counts[RUNG] = 0
        counts[BRACKET] = (bracket + 1) % len(rules.sizes)
        return
    kept = 0
    for member in range(size):
        better = 0
        for other in range(size):
            lead = state.values[other] - state.values[member]
            better += lead > 0 or (lead == 0 and other < member)
        if better < next_size:
            # `kept` is never above `member`, so no cell is overwritten before it is read.
            state.members[kept] = state.members[member]
            kept += 1


@njit
def run(cells: CompiledCells, rules: Rules, state: State, ledger: Ledger) -> None:
    """Search until the run ends, or the ledger needs more room."""
    while may_ask(ledger):
        ask(cells, rules, state)
        value = query(ledger, state.pending[POSITION], state.pending[BUDGET])
        if ledger.counts[STATE] == RUNNING:
            tell(cells, rules, state, value)
