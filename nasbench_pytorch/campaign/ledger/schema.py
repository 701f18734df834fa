"""The tables of a ledger, a SQLite file.

    meta          key → value, JSON: the campaign's settings, its selections, the options of the last run; and the
                  digests of these and of the environments, see `digest_key`
    cells         number, hash, adjacency (V·V digits), operations (joined by commas), parameters, FLOPs per image
    trials        number (`trial_number`), state, tries: failed tries so far; layer and rank: the order of work
    results       of each finished trial: evaluations (JSON lists of `EVALUATION_COLUMNS`), curve (JSON, mean loss of
                  each epoch), restarts, times, environment
    result_digests  of each result: 16 hex digits of the SHA-256 of its row; see `result_digest`. Ledgers of earlier
                  versions lack the table
    attempts      every try that ended, in order: outcome ("finished" or a reason), evidence, worker, environment
    environments  machines and versions that results came from, with the recipe's id on each
    sessions      drivers that worked on the ledger
    running       trials that the driver is running now
    totals        for each budget and state: trials, their cost, and the seconds that finished ones took

Times of day are for people alone; nothing is ordered or measured by them. `totals` saves counting millions of trials;
it changes in the same transaction as the trials.
"""

from __future__ import annotations

import sqlite3
from dataclasses import fields

from nasbench_pytorch.campaign.trials import TrialState
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.records import Evaluation

FORMAT = 1
"""Version of the layout, SQLite's user_version."""

APPLICATION_ID = 0x4E423130
"""Marks a SQLite file as a ledger: "NB10"."""

EVALUATION_COLUMNS = tuple(field.name for field in fields(Evaluation))

_PENDING, _FAILED = TrialState.PENDING.code, TrialState.FAILED.code

_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cells (
    number INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, adjacency TEXT NOT NULL, operations TEXT NOT NULL,
    parameters INTEGER NOT NULL, flops INTEGER NOT NULL
);
CREATE TABLE trials (
    number INTEGER PRIMARY KEY, state INTEGER NOT NULL DEFAULT {_PENDING}, tries INTEGER NOT NULL DEFAULT 0,
    layer INTEGER NOT NULL, rank REAL NOT NULL
);
CREATE INDEX pending_trials ON trials (layer, rank, number) WHERE state = {_PENDING};
CREATE INDEX failed_trials ON trials (number) WHERE state = {_FAILED};
CREATE TABLE results (
    trial INTEGER PRIMARY KEY, status TEXT NOT NULL, evaluations TEXT NOT NULL, curve TEXT NOT NULL,
    restarts INTEGER NOT NULL, training_time_s REAL NOT NULL, total_time_s REAL NOT NULL, environment INTEGER NOT NULL
);
CREATE TABLE result_digests (trial INTEGER PRIMARY KEY, sha256 TEXT NOT NULL);
CREATE TABLE attempts (
    number INTEGER PRIMARY KEY AUTOINCREMENT, trial INTEGER NOT NULL, session INTEGER NOT NULL, outcome TEXT NOT NULL,
    evidence TEXT NOT NULL, worker TEXT NOT NULL, environment INTEGER, ended_at TEXT NOT NULL, duration_s REAL NOT NULL
);
CREATE INDEX unlucky_attempts ON attempts (trial, outcome) WHERE outcome <> 'finished';
CREATE TABLE environments (
    number INTEGER PRIMARY KEY, recipe_id TEXT NOT NULL, description TEXT NOT NULL UNIQUE,
    results INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, pid INTEGER NOT NULL, began_at TEXT NOT NULL,
    ended_at TEXT, ending TEXT
);
CREATE TABLE running (trial INTEGER PRIMARY KEY, since TEXT NOT NULL);
CREATE TABLE totals (
    epochs INTEGER, state INTEGER, trials INTEGER NOT NULL DEFAULT 0, cost REAL NOT NULL DEFAULT 0,
    training_time_s REAL NOT NULL DEFAULT 0, total_time_s REAL NOT NULL DEFAULT 0, PRIMARY KEY (epochs, state)
) WITHOUT ROWID;
"""


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file, inside the caller's transaction."""
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def check_format(connection: sqlite3.Connection, path: object) -> None:
    """Check that this program can read the file.

    Raises:
        InputError: the file is no ledger, or has a newer layout.
    """
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path}: no ledger of a campaign, or a damaged one ({error})") from None
    if application != APPLICATION_ID:
        raise InputError(f"{path}: a SQLite file, but no ledger of a campaign")
    if version > FORMAT:
        raise InputError(
            f"{path}: ledger of layout {version}; this program reads up to {FORMAT}: upgrade nasbench-pytorch"
        )


def add_missing_tables(connection: sqlite3.Connection) -> None:
    """Add the tables that ledgers of earlier versions lack; versions that do not know them ignore them."""
    connection.execute("CREATE TABLE IF NOT EXISTS result_digests (trial INTEGER PRIMARY KEY, sha256 TEXT NOT NULL)")
