"""Writing the outcomes of trials, and the totals that change with them."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from nasbench_pytorch.campaign.ledger.environments import last_failures
from nasbench_pytorch.campaign.ledger.schema import EVALUATION_COLUMNS
from nasbench_pytorch.campaign.ledger.soundness import result_digest
from nasbench_pytorch.campaign.outcomes import FINAL_REASONS, Failed, Finished, Hindered, Outcome, Stopped
from nasbench_pytorch.campaign.trials import TrialState, trial_parts

_PENDING, _FINISHED, _FAILED = (state.code for state in (TrialState.PENDING, TrialState.FINISHED, TrialState.FAILED))


def now() -> str:
    """Return the time of day, as text for people."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


class Move(NamedTuple):
    """A trial's change of state, for `totals`.

    Attributes:
        trial: the trial's number.
        old: code of the state before.
        new: code of the state after.
        cost: the trial's cost.
        training_time_s: seconds to add to the new state.
        total_time_s: seconds to add to the new state.
    """

    trial: int
    old: int
    new: int
    cost: float
    training_time_s: float = 0.0
    total_time_s: float = 0.0


class Commit:
    """Writes outcomes inside a transaction.

    Args:
        connection: a connection in the transaction.
        session: number of the driver's session.
        environment_number: returns the number of a machine with its versions, None for an unknown one.
        max_tries: number of failures after which a trial is recorded as failed.
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
        self._moves: list[Move] = []
        self._results: list[tuple[Any, ...]] = []
        self._tries: list[tuple[Any, ...]] = []
        self._again: list[int] = []
        self._counts: dict[int, int] = defaultdict(int)

    def write(self, outcomes: Sequence[Outcome]) -> list[int]:
        """Write the outcomes; return the numbers of the trials that are to be tried again."""
        known = self._known([outcome.trial for outcome in outcomes])
        for outcome in outcomes:
            state, tries, rank = known[outcome.trial]
            # The first result of a trial counts. A second one comes from a worker that was thought lost.
            if isinstance(outcome, Stopped | Hindered) or state != _PENDING:
                continue
            if isinstance(outcome, Finished):
                self._finished(outcome, rank)
                known[outcome.trial] = (_FINISHED, tries, rank)
            else:
                known[outcome.trial] = (self._failed(outcome, tries + 1, rank), tries + 1, rank)
        connection = self._connection
        connection.executemany("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._results)
        digests = [(row[0], result_digest(row)) for row in self._results]
        connection.executemany("INSERT OR REPLACE INTO result_digests VALUES (?, ?)", digests)
        connection.executemany("INSERT INTO attempts VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", self._tries)
        connection.executemany(
            "UPDATE trials SET state = ?, tries = ? WHERE number = ?",
            [(known[number][0], known[number][1], number) for number in {outcome.trial for outcome in outcomes}],
        )
        connection.executemany(
            "UPDATE environments SET results = results + ? WHERE number = ?",
            [(count, number) for number, count in self._counts.items()],
        )
        update_totals(connection, self._moves)
        return self._again

    def _known(self, numbers: list[int]) -> dict[int, tuple[int, int, float]]:
        query = "SELECT state, tries, rank FROM trials WHERE number = ?"
        return {number: self._connection.execute(query, (number,)).fetchone() for number in numbers}

    def _finished(self, outcome: Finished, rank: float) -> None:
        environment = self._environment_number(outcome.environment or {"device": "unknown"})
        assert environment is not None
        evaluations = json.dumps([[getattr(item, name) for name in EVALUATION_COLUMNS] for item in outcome.evaluations])
        curve = json.dumps([float(f"{loss:.6g}") for loss in outcome.curve])
        times = (float(outcome.training_time_s), float(outcome.total_time_s))  # as SQLite returns them
        self._results.append((outcome.trial, outcome.status, evaluations, curve, outcome.restarts, *times, environment))
        self._note_try(outcome, "finished", outcome.note, environment)
        self._moves.append(Move(outcome.trial, _PENDING, _FINISHED, -rank, *times))
        self._counts[environment] += 1

    def _failed(self, outcome: Failed, tries: int, rank: float) -> int:
        """Note a failure; return the code of the trial's new state."""
        self._note_try(outcome, outcome.reason, outcome.evidence, self._environment_number(outcome.environment))
        if tries < self._max_tries and outcome.reason not in FINAL_REASONS:
            self._again.append(outcome.trial)
            return _PENDING
        self._moves.append(Move(outcome.trial, _PENDING, _FAILED, -rank))
        return _FAILED

    def _note_try(self, outcome: Finished | Failed, result: str, evidence: str, environment: int | None) -> None:
        self._tries.append(
            (outcome.trial, self._session, result, evidence, outcome.worker, environment, now(), outcome.duration_s)
        )


def make_pending(connection: sqlite3.Connection, reason: str | None) -> int:
    """Make failed trials pending again, inside the caller's transaction; see `Ledger.retry`."""
    rows = connection.execute(f"SELECT number, rank FROM trials WHERE state = {_FAILED}").fetchall()
    if reason is not None:
        last = last_failures(connection)
        rows = [row for row in rows if last.get(row[0]) == reason]  # a damaged ledger may lack the attempt
    connection.executemany(
        "UPDATE trials SET state = ?, tries = 0 WHERE number = ?", [(_PENDING, number) for number, _ in rows]
    )
    update_totals(connection, [Move(number, _FAILED, _PENDING, -rank) for number, rank in rows])
    return len(rows)


def update_totals(connection: sqlite3.Connection, moves: Iterable[Move]) -> None:
    """Bring `totals` up to date, inside the transaction that changes the trials' states."""
    changes: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0, 0.0, 0.0, 0.0])
    for number, old, new, cost, training_time_s, total_time_s in moves:
        epochs = trial_parts(number).epochs
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
