"""REINFORCE over the parameters of encoding A in compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit
from nasbench_pytorch.search.compiled.draws import (
    EDGES,
    LABELS,
    MOST_TRIES,
    POSITION,
    draw_uniform,
    possible_edges,
    row_counting_all_edges,
)
from nasbench_pytorch.search.compiled.generator import RandomState, random_float
from nasbench_pytorch.search.compiled.ledger import INVALID, PROPOSALS, RUNNING, STATE, Ledger, may_ask, query
from nasbench_pytorch.space.packed_cells import label_of

if TYPE_CHECKING:
    from nasbench_pytorch.search.compiled.cells import CompiledCells

LARGEST_IGNORED_REWARD = 0.001
"""Rewards up to this change nothing, as those of invalid cells in nas_benchmarks' script."""


class Rules(NamedTuple):
    """Parameters of REINFORCE.

    Attributes:
        learning_rate: factor of the gradient steps.
        momentum: momentum of the baseline, a moving average of the rewards.
    """

    learning_rate: float
    momentum: float


class State(NamedTuple):
    """What changes during a search; the functions change the arrays in place.

    Attributes:
        random: state of the generator.
        pending: int64, shape (4,): position, edges, labels and number of the budget of the last proposal.
        edge_logits: float64, shape (possible edges, 2): absent and present.
        operation_logits: float64, shape (V - 2, K): the K operations of each interior vertex.
        average: float64, shape (2,): numerator and denominator of the baseline.
        invalid_draws: int64, shape (1,): invalid cells that were drawn before the last proposal.
    """

    random: RandomState
    pending: npt.NDArray[np.int64]
    edge_logits: npt.NDArray[np.float64]
    operation_logits: npt.NDArray[np.float64]
    average: npt.NDArray[np.float64]
    invalid_draws: npt.NDArray[np.int64]


def new_state(random: RandomState, cells: CompiledCells, rules: Rules) -> State:
    """Return the state before the first proposal."""
    del rules
    size = cells.space.max_vertices
    return State(
        random,
        np.zeros(4, np.int64),
        np.zeros((size * (size - 1) // 2, 2), np.float64),
        np.zeros((size - 2, cells.space.operations), np.float64),
        np.zeros(2, np.float64),
        np.zeros(1, np.int64),
    )


@njit
def ask(cells: CompiledCells, rules: Rules, state: State) -> None:  # noqa: ARG001 - all kernels have one signature
    """Write the next proposal to `pending`: draw from the current distributions until the cell may be proposed."""
    edge_probabilities, operation_probabilities = _softmax(state.edge_logits), _softmax(state.operation_logits)
    pending = state.pending
    for tries in range(MOST_TRIES):
        state.invalid_draws[0] = tries
        edges, labels = 0, 0
        for edge in range(possible_edges(cells)):
            edges |= _draw_category(edge_probabilities[edge], state.random) << edge
        for vertex in range(len(operation_probabilities)):
            labels |= _draw_category(operation_probabilities[vertex], state.random) << 8 * vertex
        row = row_counting_all_edges(cells, edges, labels)
        if row >= 0:
            pending[POSITION], pending[EDGES], pending[LABELS] = row, edges, labels
            return
    state.invalid_draws[0] = MOST_TRIES
    draw_uniform(cells, state.random, pending)


@njit
def _draw_category(probabilities: npt.NDArray[np.float64], random: RandomState) -> int:
    """Draw the number of a category."""
    left = random_float(random)
    for value in range(len(probabilities) - 1):
        left -= probabilities[value]
        if left < 0:
            return value
    return len(probabilities) - 1


@njit
def _softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the probabilities of each row of logits."""
    probabilities = np.empty_like(logits)
    for row in range(len(logits)):
        highest = logits[row].max()
        total = 0.0
        for value in range(logits.shape[1]):
            probabilities[row, value] = np.exp(logits[row, value] - highest)
            total += probabilities[row, value]
        for value in range(logits.shape[1]):
            probabilities[row, value] /= total
    return probabilities


@njit
def tell(cells: CompiledCells, rules: Rules, state: State, value: float) -> None:  # noqa: ARG001 - all kernels have one signature
    """Add to the logits the gradient of the proposal's log-probability times its advantage over the baseline."""
    if value <= LARGEST_IGNORED_REWARD:
        return
    average = state.average
    average[0] = rules.momentum * average[0] + (1 - rules.momentum) * value
    average[1] = rules.momentum * average[1] + (1 - rules.momentum)
    step = rules.learning_rate * (value - average[0] / average[1])
    edges, labels = state.pending[EDGES], state.pending[LABELS]
    edge_probabilities, operation_probabilities = _softmax(state.edge_logits), _softmax(state.operation_logits)
    for edge in range(len(edge_probabilities)):
        for present in range(2):
            drawn = 1.0 if edges >> edge & 1 == present else 0.0
            state.edge_logits[edge, present] += step * (drawn - edge_probabilities[edge, present])
    for vertex in range(len(operation_probabilities)):
        for label in range(operation_probabilities.shape[1]):
            drawn = 1.0 if label_of(labels, vertex + 1) == label else 0.0
            state.operation_logits[vertex, label] += step * (drawn - operation_probabilities[vertex, label])


@njit
def run(cells: CompiledCells, rules: Rules, state: State, ledger: Ledger) -> None:
    """Search until the run ends, or the ledger needs more room."""
    while may_ask(ledger):
        ask(cells, rules, state)
        value = query(ledger, state.pending[POSITION], 0)
        if ledger.counts[STATE] == RUNNING:
            ledger.counts[PROPOSALS] += state.invalid_draws[0]
            ledger.counts[INVALID] += state.invalid_draws[0]
            tell(cells, rules, state, value)
