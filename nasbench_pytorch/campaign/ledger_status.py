"""How a campaign stands, read from its ledger by whoever wants to know, also while a driver writes it."""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_pytorch.campaign.ledger import LEDGER_NAME, no_ledger, read_meta, unusable
from nasbench_pytorch.campaign.ledger_schema import EVALUATION_COLUMNS, STATES, check_format
from nasbench_pytorch.campaign.ownership import read_owner
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import trial_parts


@dataclass(frozen=True)
class BudgetTotals:
    """The trials of one budget.

    Attributes:
        epochs: the budget.
        trials: state (`pending`, `finished`, `failed`) → how many.
        cost: state → epochs × FLOPs of one image, summed.
        training_time_s: seconds in training steps of the finished ones.
        total_time_s: seconds of everything, of the finished ones.
    """

    epochs: int
    trials: dict[str, int]
    cost: dict[str, float]
    training_time_s: float
    total_time_s: float


@dataclass(frozen=True)
class TrialNote:
    """A line about a trial.

    Attributes:
        hash: of the cell.
        epochs: the budget.
        repeat: which training.
        text: since when it runs, what it came to, or why it failed.
    """

    hash: str
    epochs: int
    repeat: int
    text: str


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


@dataclass(frozen=True)
class CampaignStatus:
    """How a campaign stands.

    Attributes:
        settings: the campaign's.
        selections: what was selected, in the order in which it was added.
        budgets: totals, by ascending budget.
        running: what the driver has in hand; what it had, if it ended without a word.
        last: the last results, newest first.
        failures: reason → trials that have failed for good with it last.
        failed_attempts: reason → attempts.
        machines: where the results came from.
        owner: host and pid that the folder names as the driver, or None.
    """

    settings: Settings
    selections: list[dict[str, Any]]
    budgets: list[BudgetTotals]
    running: list[TrialNote]
    last: list[TrialNote]
    failures: dict[str, int]
    failed_attempts: dict[str, int]
    machines: list[Machine]
    owner: dict[str, Any] | None

    def count(self, state: str) -> int:
        """Trials in a state, over all budgets."""
        return sum(budget.trials.get(state, 0) for budget in self.budgets)

    @property
    def trials(self) -> int:
        """All trials."""
        return sum(map(self.count, STATES.values()))

    @property
    def seconds_per_cost(self) -> float | None:
        """Seconds that a unit of cost took so far; None before the first result."""
        cost = sum(budget.cost.get("finished", 0.0) for budget in self.budgets)
        return sum(budget.total_time_s for budget in self.budgets) / cost if cost else None

    @property
    def remaining_s(self) -> float | None:
        """Worker-seconds that the pending trials will take, by what the finished ones took; None where none has."""
        rate = self.seconds_per_cost
        return None if rate is None else rate * sum(budget.cost.get("pending", 0.0) for budget in self.budgets)

    @property
    def images_per_s(self) -> float | None:
        """Training images a second of one worker, in training steps; None before the first result."""
        trained = [budget.epochs * budget.trials.get("finished", 0) for budget in self.budgets]
        spent_s = sum(budget.training_time_s for budget in self.budgets)
        images = self.machines[0].description.get("data", {}).get("train_images") if self.machines else None
        return sum(trained) * images / spent_s if images and spent_s else None


def read_status(folder: str | os.PathLike[str], last: int = 5) -> CampaignStatus:
    """How a campaign stands.

    Args:
        folder: the campaign's.
        last: how many of the last results, of the running trials and of the failures to show.

    Raises:
        InputError: there is no ledger, or it cannot be read.
    """
    path = Path(folder) / LEDGER_NAME
    connection = open_for_reading(path)
    try:
        # One transaction: all of it as at one moment, whatever the driver writes meanwhile.
        connection.execute("BEGIN")
        return CampaignStatus(
            Settings.from_dict(read_meta(connection, "settings")),
            read_meta(connection, "selections"),
            _budgets(connection),
            _notes(connection, "SELECT trial, since FROM running ORDER BY since, trial LIMIT ?", last, "since {}"),
            _last(connection, last),
            _failures(connection),
            dict(
                connection.execute(
                    "SELECT outcome, count(*) FROM attempts WHERE outcome <> 'finished' GROUP BY outcome"
                ).fetchall()
            ),
            [
                Machine(row[0], json.loads(row[1]), row[2])
                for row in connection.execute(
                    "SELECT recipe_id, description, results FROM environments WHERE results > 0 ORDER BY results DESC"
                )
            ],
            read_owner(Path(folder)),
        )
    except sqlite3.Error as error:
        raise unusable(path, error) from None
    finally:
        connection.close()


def read_stored(folder: str | os.PathLike[str], key: str) -> Any:
    """A value of the ledger's `meta`, such as `settings`, `selections` or `options`; None without ledger or value.

    Raises:
        InputError: the ledger cannot be read.
    """
    path = Path(folder) / LEDGER_NAME
    if not path.exists():
        return None
    connection = open_for_reading(path)
    try:
        return read_meta(connection, key)
    except sqlite3.Error as error:
        raise unusable(path, error) from None
    finally:
        connection.close()


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing, also where the folder is read-only.

    Raises:
        InputError: there is no ledger, or it cannot be read.
    """
    if not path.exists():
        raise no_ledger(path.parent)
    # Readers share helper files beside the ledger with the driver; the last one out removes them, which a connection
    # that may not write could not do. In a read-only folder there are none, and nobody writes.
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    mode = "mode=rw" if writable else "immutable=1"
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=30, isolation_level=None)
        connection.execute("PRAGMA query_only = ON")
        check_format(connection, path)
    except sqlite3.Error as error:
        raise unusable(path, error) from None
    return connection


def _budgets(connection: sqlite3.Connection) -> list[BudgetTotals]:
    budgets: dict[int, list[tuple[Any, ...]]] = {}
    for row in connection.execute("SELECT * FROM totals ORDER BY epochs, state"):
        budgets.setdefault(row[0], []).append(row)
    return [
        BudgetTotals(
            epochs,
            {STATES[row[1]]: row[2] for row in rows},
            {STATES[row[1]]: row[3] for row in rows},
            sum(row[4] for row in rows),
            sum(row[5] for row in rows),
        )
        for epochs, rows in budgets.items()
    ]


def _notes(connection: sqlite3.Connection, query: str, limit: int, text: str) -> list[TrialNote]:
    notes = []
    for number, *values in connection.execute(query, (limit,)).fetchall():
        cell, epochs, repeat = trial_parts(number)
        module_hash = connection.execute("SELECT hash FROM cells WHERE number = ?", (cell,)).fetchone()[0]
        notes.append(TrialNote(module_hash, epochs, repeat, text.format(*values)))
    return notes


def _last(connection: sqlite3.Connection, limit: int) -> list[TrialNote]:
    """The last results, found from the end of `attempts`, which has them in order."""
    query = (
        "SELECT attempts.trial, evaluations FROM attempts JOIN results ON results.trial = attempts.trial "
        "WHERE outcome = 'finished' ORDER BY attempts.number DESC LIMIT ?"
    )
    notes = []
    for note in _notes(connection, query, limit, "{}"):
        evaluation = dict(zip(EVALUATION_COLUMNS, (json.loads(note.text) or [[]])[-1], strict=False))
        validation, test = evaluation.get("validation_accuracy"), evaluation.get("test_accuracy")
        words = [
            f"{name} {value:.4f}" for name, value in (("validation", validation), ("test", test)) if value is not None
        ]
        notes.append(TrialNote(note.hash, note.epochs, note.repeat, ", ".join(words)))
    return notes


def _failures(connection: sqlite3.Connection) -> dict[str, int]:
    """Reason of the last failure of each trial that has failed for good, counted."""
    return dict(
        connection.execute(
            "SELECT outcome, count(*) FROM (SELECT outcome, max(attempts.number) FROM trials "
            "JOIN attempts ON attempts.trial = trials.number AND outcome <> 'finished' AND outcome <> 'driver-lost' "
            "WHERE state = 2 GROUP BY trials.number) GROUP BY outcome ORDER BY 2 DESC"
        ).fetchall()
    )
