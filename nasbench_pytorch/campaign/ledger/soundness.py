"""Checks of a ledger's content: SQLite notices a damaged page at most, not a wrong value."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

from nasbench_pytorch.campaign.trials import CELL_SHIFT, EPOCHS_SHIFT, MAX_EPOCHS, TrialState
from nasbench_pytorch.errors import InputError

_STATES = ", ".join(str(state.code) for state in TrialState)
_FINISHED = TrialState.FINISHED.code


class Rule(NamedTuple):
    """A condition that every row of a table meets.

    Attributes:
        table: name of the table.
        key: column that names a row.
        condition: SQL that is true for a sound row.
        meaning: the condition, for people.
    """

    table: str
    key: str
    condition: str
    meaning: str


def _types(table: str, key: str, **columns: str) -> list[Rule]:
    """Return rules for the types of columns; SQLite keeps whatever is written into a column."""
    return [
        Rule(table, key, f"typeof({name}) IN ({_SQL_TYPES[kind]})", f"{name} must be {kind}")
        for name, kind in columns.items()
    ]


_SQL_TYPES = {"a whole number": "'integer'", "a number": "'real', 'integer'", "a text": "'text'"}
_INTEGER, _NUMBER, _TEXT = _SQL_TYPES

SMALL_TABLES = [
    *_types("totals", "epochs", epochs=_INTEGER, state=_INTEGER, trials=_INTEGER, cost=_NUMBER),
    *_types("totals", "epochs", training_time_s=_NUMBER, total_time_s=_NUMBER),
    Rule("totals", "epochs", f"state IN ({_STATES})", f"state must be one of {_STATES}"),
    Rule("totals", "epochs", "trials >= 0", "trials must be at least 0"),
    *_types("environments", "number", recipe_id=_TEXT, description=_TEXT, results=_INTEGER),
    *_types("running", "trial", since=_TEXT),
    Rule(
        "running", "trial", f"trial >> {CELL_SHIFT} IN (SELECT number FROM cells)", "trial must belong to a known cell"
    ),
]
"""Rules for the tables that stay small; checking them takes milliseconds."""

LARGE_TABLES = [
    *_types("cells", "number", hash=_TEXT, adjacency=_TEXT, operations=_TEXT, parameters=_INTEGER, flops=_INTEGER),
    Rule(
        "cells",
        "number",
        "length(hash) = 32 AND hash NOT GLOB '*[^0-9a-f]*'",
        "hash must be 32 hex digits",
    ),
    Rule("cells", "number", "parameters >= 0 AND flops >= 0", "parameters and flops must be at least 0"),
    *_types("trials", "number", state=_INTEGER, tries=_INTEGER, layer=_INTEGER, rank=_NUMBER),
    Rule("trials", "number", f"state IN ({_STATES})", f"state must be one of {_STATES}"),
    Rule(
        "trials",
        "number",
        f"number >> {CELL_SHIFT} IN (SELECT number FROM cells)",
        "number must belong to a known cell",
    ),
    Rule(
        "trials",
        "number",
        f"state <> {_FINISHED} OR number IN (SELECT trial FROM results)",
        "a finished trial must have a result",
    ),
    *_types("results", "trial", status=_TEXT, evaluations=_TEXT, curve=_TEXT, restarts=_INTEGER, environment=_INTEGER),
    *_types("results", "trial", training_time_s=_NUMBER, total_time_s=_NUMBER),
    Rule("results", "trial", "status IN ('complete', 'truncated')", "status must be complete or truncated"),
    Rule("results", "trial", "restarts >= 0", "restarts must be at least 0"),
    Rule("results", "trial", "training_time_s >= 0 AND total_time_s >= 0", "times must be at least 0"),
    Rule(
        "results",
        "trial",
        "environment IN (SELECT number FROM environments)",
        "environment must be a known one",
    ),
    Rule(
        "results",
        "trial",
        f"trial IN (SELECT number FROM trials WHERE state = {_FINISHED})",
        "trial must be a finished one",
    ),
]
"""Rules for the tables that grow with the campaign."""

COUNTS = [
    Rule(
        "totals",
        "epochs",
        f"trials = 0 OR (epochs, state, trials) IN (SELECT number >> {EPOCHS_SHIFT} & {MAX_EPOCHS}, trials.state, "
        "count(*) FROM trials GROUP BY 1, 2)",
        "trials must be the number of its trials",
    ),
    Rule(
        "environments",
        "number",
        "(number, results) IN (SELECT environment, count(*) FROM results GROUP BY 1 UNION ALL "
        "SELECT number, 0 FROM environments WHERE number NOT IN (SELECT environment FROM results))",
        "results must be the number of its results",
    ),
]
"""Rules for numbers that count rows of other tables, checked last, so that a damaged row is named by its own fault."""


def check_rules(connection: sqlite3.Connection, rules: Iterable[Rule]) -> None:
    """Check rows of a ledger.

    Raises:
        InputError: a row breaks a rule; the message names file, table, row and column.
        sqlite3.Error: the file cannot be read.
    """
    rules_of_table: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        rules_of_table.setdefault((rule.table, rule.key), []).append(rule)
    # One scan of a table for all of its rules: with a million results, a scan for each took ten times as long.
    for (table, key), group in rules_of_table.items():
        sound = [f"ifnull({rule.condition}, 0)" for rule in group]
        first_broken = "CASE " + " ".join(f"WHEN NOT {term} THEN {index}" for index, term in enumerate(sound)) + " END"
        query = f"SELECT {key}, {first_broken} FROM {table} WHERE NOT ({' AND '.join(sound)}) LIMIT 1"
        row = connection.execute(query).fetchone()
        if row is not None:
            raise damaged(connection, f"table {table}, {key} {row[0]!r:.80}: {group[row[1]].meaning}")


def check_pages(connection: sqlite3.Connection) -> None:
    """Let SQLite check the structure of the file.

    Raises:
        InputError: it is damaged.
    """
    answer = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if answer != "ok":
        raise damaged(connection, " ".join(answer.split()))


def damaged(connection: sqlite3.Connection, what: str) -> InputError:
    """Return the error to raise if a ledger's content cannot be right."""
    return InputError(f"{ledger_file(connection)} is damaged: {what}; restore the file from a copy")


def ledger_file(connection: sqlite3.Connection) -> str:
    """Return the path of the file that a connection has open."""
    # As bytes: a name need not be UTF-8.
    query = "SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE name = 'main'"
    return os.fsdecode(connection.execute(query).fetchone()[0])


def digest_key(name: str) -> str:
    """Return the key in `meta` of the digest of a value; earlier versions wrote no digests."""
    return f"sha256 of {name}"


def check_digest(connection: sqlite3.Connection, name: str, text: str) -> None:
    """Compare a text with the digest that `meta` has of it, if any.

    Raises:
        InputError: the text differs from its digest.
    """
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (digest_key(name),)).fetchone()
    if row is not None and row[0] != text_digest(text):
        raise damaged(connection, f"table meta: the value of {name} differs from its digest")


def result_digest(row: Iterable[Any]) -> str:
    """Return the digest of a row of `results`: 16 hex digits of the SHA-256 of its values as lines of text."""
    return text_digest("\n".join(map(str, row)))


def text_digest(text: str) -> str:
    """Return 16 hex digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
