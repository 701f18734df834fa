"""The record of a compiled run: paid queries of a table's arrays, with the checks of `SearchLoop` in the same order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit
from nasbench_pytorch.search.history import MOST_FREE_PROPOSALS, Ending, History

if TYPE_CHECKING:
    from nasbench_pytorch.search.budget import Budget
    from nasbench_pytorch.search.objective import Objective

ROWS, PROPOSALS, INVALID, DUPLICATES, FREE_IN_A_ROW, EPOCHS, STATE = range(7)
"""Entries of `Ledger.counts`."""

RUNNING, FULL, BUDGET, STUCK, FINISHED = range(5)
"""States of a run. `FULL`: the run continues when the columns have more room."""

NOTHING_LEFT = -2
"""Position of a proposal that ends the run."""

_MOST_ROOM = 1 << 16
_CELLS_FOR_MEAN_COST = 1_000  # their mean cost gives a first guess of the number of evaluations

_ENDINGS: dict[int, Ending] = {BUDGET: "budget", STUCK: "stuck", FINISHED: "finished"}


class Ledger(NamedTuple):
    """A run in progress: what it queries, what it may spend, and what it has paid for.

    Attributes:
        values: float64, shape (N, B, R), see `Objective`.
        costs_s: float64, shape (N, B, R), see `Objective`.
        repeat_counts: int8, shape (N, B): `Objective.counts`.
        repeat_numbers: int8, shape (N, B, R): `Objective.repeats`.
        epochs: int64, shape (B,): the budgets.
        generator: draws the repeats.
        deduplicate: whether a repeated query of a cell and budget is free.
        limits: float64, shape (3,): seconds, evaluations and epochs that the run may spend.
        first_row: int32, shape (N, B): row of the first payment for a cell and budget; -1 before there is one.
        counts: int64, shape (7,), see `ROWS`.
        spent_s: float64, shape (1,): seconds spent so far.
        columns: the paid evaluations; see `History`.
    """

    values: npt.NDArray[np.float64]
    costs_s: npt.NDArray[np.float64]
    repeat_counts: npt.NDArray[np.int8]
    repeat_numbers: npt.NDArray[np.int8]
    epochs: npt.NDArray[np.int64]
    generator: np.random.Generator
    deduplicate: bool
    limits: npt.NDArray[np.float64]
    first_row: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int64]
    spent_s: npt.NDArray[np.float64]
    columns: Columns


class Columns(NamedTuple):
    """Columns of `History`, with room for more rows than are written."""

    positions: npt.NDArray[np.int32]
    epochs: npt.NDArray[np.int16]
    repeats: npt.NDArray[np.int8]
    values: npt.NDArray[np.float64]
    costs_s: npt.NDArray[np.float64]
    is_duplicate: npt.NDArray[np.bool_]


def open_ledger(objective: Objective, budget: Budget, seed: int, deduplicate: bool) -> Ledger:
    """Return the ledger of a new run.

    Args:
        objective: accuracies and costs of all cells.
        budget: what the run may spend.
        seed: seed of the generator that draws repeats.
        deduplicate: whether a repeated query of a cell and budget is free.
    """
    seconds, evaluations, epochs = budget.limits
    typical_s = float(objective.costs_s[:_CELLS_FOR_MEAN_COST].mean())
    expected = min(evaluations, epochs / objective.epochs[0], 2 * seconds / max(typical_s, 1e-9), _MOST_ROOM)
    return Ledger(
        objective.values,
        objective.costs_s,
        objective.counts,
        objective.repeats,
        np.array(objective.epochs, dtype=np.int64),
        np.random.Generator(np.random.PCG64(seed)),
        deduplicate,
        np.array([seconds, evaluations, epochs], dtype=np.float64),
        np.full(objective.counts.shape, -1, dtype=np.int32),
        np.zeros(7, dtype=np.int64),
        np.zeros(1, dtype=np.float64),
        _empty_columns(max(64, int(expected))),
    )


def _empty_columns(room: int) -> Columns:
    return Columns(
        np.empty(room, np.int32),
        np.empty(room, np.int16),
        np.empty(room, np.int8),
        np.empty(room, np.float64),
        np.empty(room, np.float64),
        np.empty(room, np.bool_),
    )


def with_more_room(ledger: Ledger) -> Ledger:
    """Return the same ledger with columns twice as long."""
    ledger.counts[STATE] = RUNNING
    rows = len(ledger.columns.positions)
    larger = _empty_columns(2 * rows)
    pairs: Iterable[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = zip(larger, ledger.columns, strict=True)
    for column, written in pairs:
        column[:rows] = written
    return ledger._replace(columns=larger)


def history_of(ledger: Ledger) -> History:
    """Return the history of a run that has ended."""
    rows, proposals, invalid, duplicates, _, _, state = ledger.counts.tolist()
    columns = ledger.columns
    return History(
        columns.positions[:rows].copy(),
        columns.epochs[:rows].copy(),
        columns.repeats[:rows].copy(),
        columns.values[:rows].copy(),
        columns.costs_s[:rows].copy(),
        columns.is_duplicate[:rows].copy(),
        proposals=proposals,
        invalid=invalid,
        duplicates=duplicates,
        ended_by=_ENDINGS[state],
    )


@njit
def may_ask(ledger: Ledger) -> bool:
    """Return whether the run may ask for a proposal; if not, set `STATE` to the reason."""
    counts, limits = ledger.counts, ledger.limits
    if counts[ROWS] >= limits[1] or counts[EPOCHS] >= limits[2] or ledger.spent_s[0] >= limits[0]:
        counts[STATE] = BUDGET
    elif counts[FREE_IN_A_ROW] >= MOST_FREE_PROPOSALS:
        counts[STATE] = STUCK
    elif counts[STATE] == RUNNING and counts[ROWS] == len(ledger.columns.positions):
        counts[STATE] = FULL
    goes_on: bool = counts[STATE] == RUNNING
    return goes_on


@njit
def query(ledger: Ledger, position: int, budget: int) -> float:
    """Evaluate a proposal, and return the value that the algorithm observes.

    Unless `STATE` is `RUNNING` afterwards, the run has ended and the value means nothing.
    """
    counts = ledger.counts
    if position == NOTHING_LEFT:
        counts[STATE] = FINISHED
        return 0.0
    if position < 0 or ledger.repeat_counts[position, budget] == 0:
        _note_free(ledger, INVALID)
        return 0.0
    first = ledger.first_row[position, budget]
    if first >= 0 and ledger.deduplicate:
        _note_free(ledger, DUPLICATES)
        remembered: float = ledger.columns.values[first]
        return remembered
    return _pay(ledger, position, budget, first)


@njit
def _note_free(ledger: Ledger, kind: int) -> None:
    ledger.counts[PROPOSALS] += 1
    ledger.counts[kind] += 1
    ledger.counts[FREE_IN_A_ROW] += 1


@njit
def _pay(ledger: Ledger, position: int, budget: int, first: int) -> float:
    counts, columns, epochs = ledger.counts, ledger.columns, ledger.epochs[budget]
    if counts[EPOCHS] + epochs > ledger.limits[2]:
        counts[STATE] = BUDGET
        return 0.0
    available = ledger.repeat_counts[position, budget]
    entry = ledger.generator.integers(0, np.int64(available)) if available > 1 else 0
    cost_s = ledger.costs_s[position, budget, entry]
    if ledger.spent_s[0] + cost_s > ledger.limits[0]:
        counts[STATE] = BUDGET
        return 0.0
    row = counts[ROWS]
    value: float = ledger.values[position, budget, entry]
    columns.positions[row], columns.epochs[row] = position, epochs
    columns.repeats[row] = ledger.repeat_numbers[position, budget, entry]
    columns.values[row], columns.costs_s[row] = value, cost_s
    columns.is_duplicate[row] = first >= 0
    if first < 0:
        ledger.first_row[position, budget] = row
    counts[ROWS] += 1
    counts[PROPOSALS] += 1
    counts[DUPLICATES] += first >= 0
    counts[EPOCHS] += epochs
    spent_before_s = ledger.spent_s[0]
    ledger.spent_s[0] += cost_s
    makes_progress = ledger.spent_s[0] > spent_before_s or min(ledger.limits[1], ledger.limits[2]) < np.inf
    counts[FREE_IN_A_ROW] = 0 if makes_progress else counts[FREE_IN_A_ROW] + 1
    return value
