"""Inserting cells and trials into a ledger, millions at a time."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.campaign.trials import Numbers, TrialState, trial_numbers

_ROWS_AT_A_TIME = 1 << 16


class CellRow(NamedTuple):
    """A cell as a ledger stores it.

    Attributes:
        hash: hash of the cell.
        adjacency: the cell's matrix, row by row, as V·V digits.
        operations: the cell's V operations, joined by commas.
        parameters: trainable parameters in the plan's skeleton.
        flops: FLOPs of one image in the plan's skeleton.
    """

    hash: str
    adjacency: str
    operations: str
    parameters: int
    flops: int


def fill(connection: sqlite3.Connection, cells: Sequence[CellRow], trials: Numbers, layered: bool) -> int:
    """Add the cells and trials that the ledger lacks, inside the caller's transaction.

    Args:
        connection: a connection in the transaction.
        cells: see `PlannedTrials`.
        trials: see `PlannedTrials`.
        layered: see `PlannedTrials`.

    Returns:
        The number of trials that were added.
    """
    positions, epochs, repeats = trials
    known = _cell_numbers(connection, cells)
    numbers = trial_numbers(known[positions], epochs, repeats)
    ranks = -(epochs * np.fromiter((cell.flops for cell in cells), np.int64, len(cells))[positions]).astype(np.float64)
    layers = repeats if layered else np.zeros_like(repeats)
    present = np.fromiter((row[0] for row in connection.execute("SELECT number FROM trials")), np.int64)
    new = np.flatnonzero(~np.isin(numbers, present)) if len(present) else np.arange(len(numbers))
    # Sorted by the table's key: inserts then append to the table.
    order = new[np.argsort(numbers[new], kind="stable")]
    order = order[np.append(True, np.diff(numbers[order]) != 0)] if len(order) else order
    with _IndexRebuild(connection, needed=len(order) > len(present)):
        connection.executemany(
            "INSERT INTO trials (number, layer, rank) VALUES (?, ?, ?)",
            _rows(numbers[order], layers[order], ranks[order]),
        )
    _add_to_totals(connection, epochs[order], -ranks[order])
    return len(order)


class _IndexRebuild:
    """Drops the index of pending trials within the block, and builds it again at the end, if `needed`."""

    def __init__(self, connection: sqlite3.Connection, needed: bool) -> None:
        self._connection, self._needed = connection, needed

    def __enter__(self) -> None:
        if self._needed:
            query = "SELECT sql FROM sqlite_master WHERE name = 'pending_trials'"
            self._definition: str = self._connection.execute(query).fetchone()[0]
            self._connection.execute("DROP INDEX pending_trials")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._needed and kind is None:  # after an error the caller rolls everything back
            self._connection.execute(self._definition)


def _rows(*columns: npt.NDArray[np.generic]) -> Iterator[tuple[int | float, ...]]:
    for start in range(0, len(columns[0]), _ROWS_AT_A_TIME):
        yield from zip(*(column[start : start + _ROWS_AT_A_TIME].tolist() for column in columns), strict=True)


def _add_to_totals(connection: sqlite3.Connection, epochs: Numbers, costs: npt.NDArray[np.float64]) -> None:
    budgets, owners = np.unique(epochs, return_inverse=True)
    counts, sums = np.bincount(owners, minlength=len(budgets)), np.bincount(owners, costs, minlength=len(budgets))
    states = [TrialState.PENDING.code] * len(budgets)
    connection.executemany(
        "INSERT INTO totals (epochs, state, trials, cost) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET trials = trials + excluded.trials, cost = cost + excluded.cost",
        zip(budgets.tolist(), states, counts.tolist(), sums.tolist(), strict=True),
    )


def _cell_numbers(connection: sqlite3.Connection, cells: Sequence[CellRow]) -> Numbers:
    """Return the number of each cell; new cells are added with the next free numbers."""
    known: dict[str, int] = dict(connection.execute("SELECT hash, number FROM cells").fetchall())
    first = max(known.values(), default=-1) + 1
    new = {cell.hash: cell for cell in cells if cell.hash not in known}
    rows = ((number, *cell) for number, cell in enumerate(new.values(), first))
    connection.executemany("INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?)", rows)
    known.update(zip(new, itertools.count(first), strict=False))
    return np.fromiter((known[cell.hash] for cell in cells), np.int64, len(cells))
