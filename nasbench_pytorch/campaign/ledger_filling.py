"""Putting cells and trials into a ledger, millions at a time."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from nasbench_pytorch.campaign.ledger_schema import PENDING
from nasbench_pytorch.campaign.trials import trial_number


def fill(
    connection: sqlite3.Connection,
    cells: Sequence[tuple[str, str, str, int, int]],
    trials: Iterable[tuple[int, int, int]],
    layered: bool,
) -> int:
    """Add what is not there yet, inside the caller's transaction; see `Ledger.add_trials`."""
    numbers = _cell_numbers(connection, cells)
    costs = [cell[4] for cell in cells]
    totals: Counter[int] = Counter()
    cost_of: Counter[int] = Counter()

    def rows() -> Iterator[tuple[int, int, float]]:
        for position, epochs, repeat in trials:
            cost = epochs * costs[position]
            yield trial_number(numbers[position], epochs, repeat), repeat if layered else 0, -float(cost)

    # Into a table of its own first: what was there already is then told from what is new by one query.
    connection.execute("CREATE TEMP TABLE wanted (number INTEGER PRIMARY KEY, layer INTEGER, rank REAL)")
    try:
        connection.executemany("INSERT INTO wanted VALUES (?, ?, ?)", rows())
        connection.execute("DELETE FROM wanted WHERE number IN (SELECT number FROM trials)")
        for epochs, count, cost in connection.execute(
            "SELECT number >> 12 & 1048575, count(*), -sum(rank) FROM wanted GROUP BY 1"
        ).fetchall():
            totals[epochs] += count
            cost_of[epochs] += cost
        connection.execute("INSERT INTO trials (number, layer, rank) SELECT number, layer, rank FROM wanted")
    finally:
        connection.execute("DROP TABLE wanted")
    connection.executemany(
        "INSERT INTO totals (epochs, state, trials, cost) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET trials = trials + excluded.trials, cost = cost + excluded.cost",
        [(epochs, PENDING, totals[epochs], cost_of[epochs]) for epochs in totals],
    )
    return sum(totals.values())


def _cell_numbers(connection: sqlite3.Connection, cells: Sequence[tuple[str, str, str, int, int]]) -> list[int]:
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
    return [known[cell[0]] for cell in cells]
