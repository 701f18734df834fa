"""Writing what became of trials, and the totals that go with it."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

from nasbench_pytorch.campaign.ledger.environments import last_failures
from nasbench_pytorch.campaign.ledger.schema import EVALUATION_COLUMNS, FAILED, FINISHED, PENDING
from nasbench_pytorch.campaign.outcomes import FINAL_REASONS, Failed, Finished, Hindered, Outcome, Stopped
from nasbench_pytorch.campaign.trials import trial_parts


def now() -> str:
    """The time of day, for people."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


class Commit:
    """Writes outcomes inside a transaction.

    Args:
        connection: in the transaction.
        session: number of the driver's.
        environment_number: gives the number of a machine with its versions, None for an unknown one.
        max_tries: after so many failures a trial is recorded as failed.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        session: int,
        environment_number: Callable[[dict[str, Any]], int | None],
        max_tries: int,
    ) -> None:
        self._connection, self._session = connection, session
        self._environment_number, self._max_tries = environment_number, max_tries
        self._moves: list[tuple[int, int, int, float, float, float]] = []
        self._results: list[tuple[Any, ...]] = []
        self._attempts: list[tuple[Any, ...]] = []
        self._again: list[int] = []
        self._counts: dict[int, int] = defaultdict(int)

    def write(self, outcomes: Sequence[Outcome]) -> list[int]:
        """Write them; returns the trials that are to be tried again."""
        known = self._known([outcome.trial for outcome in outcomes])
        for outcome in outcomes:
            state, tries, rank = known[outcome.trial]
            # A result that comes twice (its worker was thought lost) changes nothing: the first one counts.
            if isinstance(outcome, Stopped | Hindered) or state != PENDING:
                continue
            if isinstance(outcome, Finished):
                self._finished(outcome, rank)
                known[outcome.trial] = (FINISHED, tries, rank)
            else:
                known[outcome.trial] = (self._failed(outcome, tries + 1, rank), tries + 1, rank)
        connection = self._connection
        connection.executemany("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._results)
        connection.executemany("INSERT INTO attempts VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", self._attempts)
        connection.executemany(
            "UPDATE trials SET state = ?, tries = ? WHERE number = ?",
            [(known[number][0], known[number][1], number) for number in {outcome.trial for outcome in outcomes}],
        )
        connection.executemany(
            "UPDATE environments SET results = results + ? WHERE number = ?",
            [(count, number) for number, count in self._counts.items()],
        )
        move_totals(connection, self._moves)
        return self._again

    def _known(self, numbers: list[int]) -> dict[int, tuple[int, int, float]]:
        query = "SELECT state, tries, rank FROM trials WHERE number = ?"
        return {number: self._connection.execute(query, (number,)).fetchone() for number in numbers}

    def _finished(self, outcome: Finished, rank: float) -> None:
        environment = self._environment_number(outcome.environment or {"device": "unknown"})
        assert environment is not None
        evaluations = json.dumps([[getattr(item, name) for name in EVALUATION_COLUMNS] for item in outcome.evaluations])
        curve = json.dumps([float(f"{loss:.6g}") for loss in outcome.curve])
        times = (outcome.training_time_s, outcome.total_time_s)
        self._results.append((outcome.trial, outcome.status, evaluations, curve, outcome.restarts, *times, environment))
        self._attempt(outcome, "finished", "", environment)
        self._moves.append((outcome.trial, PENDING, FINISHED, -rank, *times))
        self._counts[environment] += 1

    def _failed(self, outcome: Failed, tries: int, rank: float) -> int:
        self._attempt(outcome, outcome.reason, outcome.evidence, self._environment_number(outcome.environment))
        if tries < self._max_tries and outcome.reason not in FINAL_REASONS:
            self._again.append(outcome.trial)
            return PENDING
        self._moves.append((outcome.trial, PENDING, FAILED, -rank, 0.0, 0.0))
        return FAILED

    def _attempt(self, outcome: Finished | Failed, word: str, evidence: str, environment: int | None) -> None:
        self._attempts.append(
            (outcome.trial, self._session, word, evidence, outcome.worker, environment, now(), outcome.duration_s)
        )


def make_pending(connection: sqlite3.Connection, reason: str | None) -> int:
    """Make failed trials pending again, inside the caller's transaction; see `Ledger.retry`."""
    rows = connection.execute("SELECT number, rank FROM trials WHERE state = 2").fetchall()
    if reason is not None:
        last = last_failures(connection)
        rows = [row for row in rows if last[row[0]] == reason]
    connection.executemany("UPDATE trials SET state = 0, tries = 0 WHERE number = ?", [row[:1] for row in rows])
    move_totals(connection, [(number, FAILED, PENDING, -rank, 0.0, 0.0) for number, rank in rows])
    return len(rows)


def move_totals(connection: sqlite3.Connection, moves: Iterable[tuple[int, int, int, float, float, float]]) -> None:
    """Bring `totals` up to date.

    Args:
        connection: in the transaction that moves the trials.
        moves: trial, old state, new state, cost, training and total seconds to add to the new state.
    """
    changes: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0, 0.0, 0.0, 0.0])
    for number, old, new, cost, training_time_s, total_time_s in moves:
        epochs = trial_parts(number)[1]
        for state, sign in ((old, -1), (new, 1)):
            change = changes[epochs, state]
            change[0] += sign
            change[1] += sign * cost
        changes[epochs, new][2] += training_time_s
        changes[epochs, new][3] += total_time_s
    connection.executemany(
        "INSERT INTO totals VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET trials = trials + excluded.trials, "
        "cost = cost + excluded.cost, training_time_s = training_time_s + excluded.training_time_s, "
        "total_time_s = total_time_s + excluded.total_time_s",
        [(*key, *change) for key, change in changes.items()],
    )
