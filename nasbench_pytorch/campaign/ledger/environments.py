"""Machines that results came from, and the failures of trials without a result."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from nasbench_pytorch.campaign.ledger.soundness import check_digest, digest_key, ledger_file, text_digest
from nasbench_pytorch.campaign.trials import TrialState
from nasbench_pytorch.shapes import checked, parse_json


@dataclass(frozen=True)
class Machine:
    """A machine, with its versions and data, that results came from.

    Attributes:
        recipe_id: results with the same id can be repeated on each other's machines, bit for bit.
        description: machine, versions and data.
        results: number of results from it.
    """

    recipe_id: str
    description: dict[str, Any]
    results: int

    @property
    def hardware(self) -> str:
        """Device, precision and threads, as text for people."""
        facts = self.description
        return f"{facts.get('device_name')}, {facts.get('precision')}, {_threads(facts.get('threads'))}"

    @property
    def versions(self) -> str:
        """Versions of the programs, as text for people."""
        names = (("torch", "torch"), ("python", "Python"), ("nasbench_pytorch", "nasbench-pytorch"))
        return ", ".join(f"{shown} {self.description[name]}" for name, shown in names if name in self.description)


def _threads(count: object) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def add_environment(connection: sqlite3.Connection, recipe_id: str, description: str) -> int:
    """Add a machine and its digest, inside the caller's transaction; return its number.

    Args:
        connection: a connection in the transaction.
        recipe_id: see `Machine`.
        description: see `Machine`; as JSON.
    """
    row = (recipe_id, description)
    number = connection.execute("INSERT INTO environments (recipe_id, description) VALUES (?, ?)", row).lastrowid
    assert number is not None
    digest = text_digest(recipe_id + description)
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (digest_key(f"environment {number}"), digest))
    return number


def check_environments(connection: sqlite3.Connection) -> None:
    """Compare all machines with their digests.

    Raises:
        InputError: one differs.
    """
    for number, *texts in connection.execute("SELECT number, recipe_id, description FROM environments").fetchall():
        check_digest(connection, f"environment {number}", "".join(texts))


LAST_FAILURES = (
    "SELECT trials.number AS trial, outcome, evidence, max(attempts.number) AS attempt FROM trials "
    "JOIN attempts ON attempts.trial = trials.number AND outcome <> 'finished' AND outcome <> 'driver-lost' "
    f"WHERE state = {TrialState.FAILED.code} GROUP BY trials.number"
)
"""Query with a row for each failed trial: its last failed try."""


def last_failures(connection: sqlite3.Connection) -> dict[int, str]:
    """Return number of each failed trial → reason of its last failure."""
    return dict(connection.execute(f"SELECT trial, outcome FROM ({LAST_FAILURES})").fetchall())


def read_machines(connection: sqlite3.Connection) -> dict[int, Machine]:
    """Return number of each environment with results → its machine, most results first."""
    rows = connection.execute(
        "SELECT number, recipe_id, description, results FROM environments WHERE results > 0 ORDER BY results DESC"
    )
    file = ledger_file(connection)
    machines = {}
    for number, recipe_id, text, results in rows:
        name = f"{file}: environments, number {number}, description"
        description = checked(dict[str, Any], parse_json(checked(str, text, name), name), name)
        data = checked(dict[str, Any], description.get("data", {}), f"{name}.data")
        for key, value in data.items():
            if key.endswith("_images"):
                checked(int, value, f"{name}.data.{key}")
        machines[number] = Machine(recipe_id, description, results)
    return machines
