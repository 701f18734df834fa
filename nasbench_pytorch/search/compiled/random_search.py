"""Random search in compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit
from nasbench_pytorch.search.compiled.draws import POSITION, draw_cell, draw_unseen
from nasbench_pytorch.search.compiled.ledger import NOTHING_LEFT, Ledger, may_ask, query

if TYPE_CHECKING:
    from nasbench_pytorch.search.compiled.cells import CompiledCells
    from nasbench_pytorch.search.compiled.generator import RandomState


class Rules(NamedTuple):
    """Parameters of random search.

    Attributes:
        sampler: number of the sampler.
        distinct: whether no cell is proposed twice.
    """

    sampler: int
    distinct: bool


class State(NamedTuple):
    """What changes during a search; the functions change the arrays in place.

    Attributes:
        random: state of the generator.
        pending: int64, shape (4,): position, edges, labels and number of the budget of the last proposal.
        seen: bool, shape (N,): whether the cell of a position has been proposed; empty where cells may be repeated.
        seen_count: int64, shape (1,): number of cells proposed so far.
    """

    random: RandomState
    pending: npt.NDArray[np.int64]
    seen: npt.NDArray[np.bool_]
    seen_count: npt.NDArray[np.int64]


def new_state(random: RandomState, cells: CompiledCells, rules: Rules) -> State:
    """Return the state before the first proposal."""
    seen = np.zeros(len(cells.allowed) if rules.distinct else 0, np.bool_)
    return State(random, np.zeros(4, np.int64), seen, np.zeros(1, np.int64))


@njit
def ask(cells: CompiledCells, rules: Rules, state: State) -> None:
    """Write the next proposal to `pending`."""
    pending = state.pending
    if not rules.distinct:
        draw_cell(cells, rules.sampler, state.random, pending)
    elif state.seen_count[0] == len(cells.positions):
        pending[POSITION] = NOTHING_LEFT
    else:
        draw_unseen(cells, rules.sampler, state.random, state.seen, pending)
        state.seen[pending[POSITION]] = True
        state.seen_count[0] += 1


@njit
def tell(cells: CompiledCells, rules: Rules, state: State, value: float) -> None:
    """Do nothing: random search ignores what is observed."""


@njit
def run(cells: CompiledCells, rules: Rules, state: State, ledger: Ledger) -> None:
    """Search until the run ends, or the ledger needs more room."""
    while may_ask(ledger):
        ask(cells, rules, state)
        query(ledger, state.pending[POSITION], 0)
