"""Lookups of cells and trials in a ledger, outside of the order of work."""

from __future__ import annotations

import sqlite3

import numpy as np

from nasbench_pytorch.campaign.trials import Numbers, TrialState, trial_number


def cell_numbers(connection: sqlite3.Connection) -> dict[str, int]:
    """Return hash → number of all cells."""
    return dict(connection.execute("SELECT hash, number FROM cells").fetchall())


def trial_numbers(connection: sqlite3.Connection) -> Numbers:
    """Return the numbers of all trials."""
    rows = connection.execute("SELECT number FROM trials")
    return np.fromiter((row[0] for row in rows), np.int64)


def is_finished(connection: sqlite3.Connection, module_hash: str, epochs: int, repeat: int) -> bool:
    """Return whether the ledger has a result of a trial."""
    row = connection.execute("SELECT number FROM cells WHERE hash = ?", (module_hash,)).fetchone()
    if row is None:
        return False
    query = "SELECT state FROM trials WHERE number = ?"
    found = connection.execute(query, (trial_number(row[0], epochs, repeat),)).fetchone()
    return bool(found == (TrialState.FINISHED.code,))


def count_failed(connection: sqlite3.Connection) -> int:
    """Return the number of trials that are recorded as failed."""
    query = "SELECT ifnull(sum(trials), 0) FROM totals WHERE state = ?"
    return int(connection.execute(query, (TrialState.FAILED.code,)).fetchone()[0])
