"""Where results came from, and what became of trials that have none."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from nasbench_pytorch.campaign.ledger.schema import FAILED


@dataclass(frozen=True)
class Machine:
    """Where results came from.

    Attributes:
        recipe_id: results that share it can be repeated on each other's machines, bit for bit.
        description: machine, versions and data.
        results: how many came from it.
    """

    recipe_id: str
    description: dict[str, Any]
    results: int

    @property
    def hardware(self) -> str:
        """Device, precision and threads, for people."""
        facts = self.description
        return f"{facts.get('device_name')}, {facts.get('precision')}, {_threads(facts.get('threads'))}"

    @property
    def versions(self) -> str:
        """Of the programs, for people."""
        names = (("torch", "torch"), ("python", "Python"), ("nasbench_pytorch", "nasbench-pytorch"))
        return ", ".join(f"{shown} {self.description[name]}" for name, shown in names if name in self.description)


def _threads(count: object) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


LAST_FAILURES = (
    "SELECT trials.number AS trial, outcome, evidence, max(attempts.number) AS attempt FROM trials "
    "JOIN attempts ON attempts.trial = trials.number AND outcome <> 'finished' AND outcome <> 'driver-lost' "
    f"WHERE state = {FAILED} GROUP BY trials.number"
)
"""A row for each trial that has failed for good: its last failure."""


def last_failures(connection: sqlite3.Connection) -> dict[int, str]:
    """Number of each trial that has failed for good → the reason of its last failure."""
    return dict(connection.execute(f"SELECT trial, outcome FROM ({LAST_FAILURES})").fetchall())


def read_machines(connection: sqlite3.Connection) -> dict[int, Machine]:
    """Number of each environment that results came from → what it was, most results first."""
    rows = connection.execute(
        "SELECT number, recipe_id, description, results FROM environments WHERE results > 0 ORDER BY results DESC"
    )
    return {row[0]: Machine(row[1], json.loads(row[2]), row[3]) for row in rows}
