"""Putting cells and trials into a ledger, millions at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.campaign.ledger.schema import PENDING
from nasbench_pytorch.campaign.trials import trial_numbers

_ROWS_AT_A_TIME = 1 << 16

Numbers = npt.NDArray[np.int64]

CellRow = tuple[str, str, str, int, int]
"""Hash, adjacency digits, operations, parameters and FLOPs in the plan's skeleton."""


def fill(connection: sqlite3.Connection, cells: Sequence[CellRow], trials: Numbers, layered: bool) -> int:
    """Add what is not there yet, inside the caller's transaction.

    Args:
        connection: in the transaction.
        cells: see `PlannedTrials`.
        trials: see `PlannedTrials`.
        layered: see `PlannedTrials`.

    Returns:
        How many trials were new.
    """
    positions, epochs, repeats = trials
    known = _cell_numbers(connection, cells)
    numbers = trial_numbers(known[positions], epochs, repeats)
    ranks = -(epochs * np.array([cell[4] for cell in cells], np.int64)[positions]).astype(np.float64)
    layers = repeats if layered else np.zeros_like(repeats)
    there = np.fromiter((row[0] for row in connection.execute("SELECT number FROM trials")), np.int64)
    new = np.flatnonzero(~np.isin(numbers, there)) if len(there) else np.arange(len(numbers))
    # In the order of the table: it then grows at its end alone.
    order = new[np.argsort(numbers[new], kind="stable")]
    order = order[np.append(True, np.diff(numbers[order]) != 0)] if len(order) else order
    with _IndexLater(connection, rebuild=len(order) > len(there)):
        connection.executemany(
            "INSERT INTO trials (number, layer, rank) VALUES (?, ?, ?)",
            _rows(numbers[order], layers[order], ranks[order]),
        )
    _count(connection, epochs[order], -ranks[order])
    return len(order)


class _IndexLater:
    """Leaves the index of pending trials out while many are added, and makes it of all of them at the end."""

    def __init__(self, connection: sqlite3.Connection, rebuild: bool) -> None:
        self._connection, self._rebuild = connection, rebuild

    def __enter__(self) -> None:
        if self._rebuild:
            query = "SELECT sql FROM sqlite_master WHERE name = 'pending_trials'"
            self._definition: str = self._connection.execute(query).fetchone()[0]
            self._connection.execute("DROP INDEX pending_trials")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._rebuild and kind is None:  # after an error the caller rolls all of it back
            self._connection.execute(self._definition)


def _rows(*columns: npt.NDArray[np.generic]) -> Iterator[tuple[int | float, ...]]:
    for start in range(0, len(columns[0]), _ROWS_AT_A_TIME):
        yield from zip(*(column[start : start + _ROWS_AT_A_TIME].tolist() for column in columns), strict=True)


def _count(connection: sqlite3.Connection, epochs: Numbers, costs: npt.NDArray[np.float64]) -> None:
    budgets, owners = np.unique(epochs, return_inverse=True)
    counts, sums = np.bincount(owners, minlength=len(budgets)), np.bincount(owners, costs, minlength=len(budgets))
    connection.executemany(
        "INSERT INTO totals (epochs, state, trials, cost) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET trials = trials + excluded.trials, cost = cost + excluded.cost",
        zip(budgets.tolist(), [PENDING] * len(budgets), counts.tolist(), sums.tolist(), strict=True),
    )


def _cell_numbers(connection: sqlite3.Connection, cells: Sequence[CellRow]) -> Numbers:
    """Number of each cell, new ones added behind those that are there."""
    known: dict[str, int] = dict(connection.execute("SELECT hash, number FROM cells").fetchall())
    next_number = max(known.values(), default=-1) + 1
    new = []
    for cell in cells:
        if cell[0] not in known:
            known[cell[0]] = next_number
            new.append((next_number, *cell))
            next_number += 1
    connection.executemany("INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?)", new)
    return np.array([known[cell[0]] for cell in cells], np.int64)
