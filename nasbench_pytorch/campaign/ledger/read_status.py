"""Reading the status of a campaign from its ledger, also while a driver writes it."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from nasbench_pytorch.campaign.ledger.connection import read_meta, snapshot
from nasbench_pytorch.campaign.ledger.environments import LAST_FAILURES, last_failures, read_machines
from nasbench_pytorch.campaign.ledger.lock import is_driven, read_owner
from nasbench_pytorch.campaign.ledger.schema import EVALUATION_COLUMNS
from nasbench_pytorch.campaign.ledger.soundness import SMALL_TABLES, check_rules, damaged, ledger_file
from nasbench_pytorch.campaign.ledger.status import BudgetTotals, CampaignStatus, TrialNote, failure_line
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import TrialState, trial_parts
from nasbench_pytorch.shapes import checked, parse_json


def read_status(folder: str | os.PathLike[str], last: int = 5) -> CampaignStatus:
    """Read the status of a campaign.

    Args:
        folder: the campaign's folder.
        last: how many of the last results, of the running trials and of the failed trials to list.

    Raises:
        InputError: there is no ledger, or it cannot be read.
    """
    with snapshot(folder) as connection:
        check_rules(connection, SMALL_TABLES)
        return CampaignStatus(
            Settings.from_dict(read_meta(connection, "settings")),
            read_meta(connection, "selections"),
            _budgets(connection),
            _notes(connection, "SELECT trial, since FROM running ORDER BY since, trial LIMIT ?", last, "since {}"),
            _last(connection, last),
            _failed(connection, last),
            dict(Counter(last_failures(connection).values()).most_common()),
            dict(
                connection.execute(
                    "SELECT outcome, count(*) FROM attempts WHERE outcome <> 'finished' GROUP BY outcome"
                ).fetchall()
            ),
            list(read_machines(connection).values()),
            read_owner(Path(folder)),
            is_driven(Path(folder)),
        )


def _budgets(connection: sqlite3.Connection) -> list[BudgetTotals]:
    budgets: dict[int, list[tuple[Any, ...]]] = {}
    for row in connection.execute("SELECT * FROM totals ORDER BY epochs, state"):
        budgets.setdefault(row[0], []).append(row)
    return [
        BudgetTotals(
            epochs,
            {TrialState.from_code(row[1]): row[2] for row in rows},
            {TrialState.from_code(row[1]): row[3] for row in rows},
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


def _failed(connection: sqlite3.Connection, limit: int) -> list[TrialNote]:
    """Return notes of the failed trials, the last failure first."""
    query = f"SELECT trial, outcome, evidence FROM ({LAST_FAILURES}) ORDER BY attempt DESC LIMIT ?"
    notes = _notes(connection, query, limit, "{}: {}")
    return [replace(note, text=failure_line(*note.text.split(": ", 1))) for note in notes]


def _last(connection: sqlite3.Connection, limit: int) -> list[TrialNote]:
    """Return notes of the last results, found from the end of `attempts`, which is in order of time."""
    query = (
        "SELECT attempts.trial, evaluations FROM attempts JOIN results ON results.trial = attempts.trial "
        "WHERE outcome = 'finished' ORDER BY attempts.number DESC LIMIT ?"
    )
    notes = []
    for note in _notes(connection, query, limit, "{}"):
        name = f"{ledger_file(connection)}: results, evaluations of {note.hash[:8]}"
        evaluations = checked(list[list[float | None]], parse_json(note.text, name), name)
        evaluation = dict(zip(EVALUATION_COLUMNS, (evaluations or [[]])[-1], strict=False))
        for key, value in evaluation.items():
            if key.endswith("_accuracy") and value is not None and not 0 <= value <= 1:
                raise damaged(connection, f"table results, evaluations of {note.hash[:8]}: {key} is {value:g}")
        validation, test = evaluation.get("validation_accuracy"), evaluation.get("test_accuracy")
        words = [
            f"{name} {value:.4f}" for name, value in (("validation", validation), ("test", test)) if value is not None
        ]
        notes.append(TrialNote(note.hash, note.epochs, note.repeat, ", ".join(words)))
    return notes
