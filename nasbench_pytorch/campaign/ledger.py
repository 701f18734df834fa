"""The ledger: one SQLite file that holds a campaign's plan and everything that came of it."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.campaign.ledger_schema import (
    EVALUATION_COLUMNS,
    FAILED,
    FINISHED,
    PENDING,
    check_format,
    make_tables,
)
from nasbench_pytorch.campaign.outcomes import FINAL_REASONS, Failed, Finished, Outcome, Stopped
from nasbench_pytorch.campaign.ownership import Ownership
from nasbench_pytorch.campaign.settings import Settings, recipe_id
from nasbench_pytorch.campaign.trials import Trial, trial_parts, trial_seed
from nasbench_pytorch.errors import InputError

LEDGER_NAME = "ledger.sqlite"
_BUSY_TIMEOUT_S = 30.0


class Place(NamedTuple):
    """Where a trial stands in the order of work: lower layers first, in them lower ranks (minus the cost)."""

    layer: int
    rank: float
    number: int


BEGINNING = Place(-1, 0.0, -1)


def now() -> str:
    """The time of day, for people."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


class Ledger:
    """A ledger that this process alone writes to; see `ledger_schema` for what is in it.

    What `commit` has returned from survives SIGKILL and power loss. After `close` everything is in the one file,
    which may be copied and gone on with elsewhere.

    Attributes:
        folder: the campaign's.
        path: the file.
        settings: the campaign's.

    Args:
        folder: the campaign's; made if `settings` are given.
        settings: begin a new ledger with these; None opens the one that is there.

    Raises:
        InputError: there is no ledger, or there is one already, another process has it, or it cannot be read.
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: str | os.PathLike[str], settings: Settings | None = None) -> None:
        self.folder = Path(folder)
        self.path = self.folder / LEDGER_NAME
        if settings is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
        elif not self.path.exists():
            raise no_ledger(self.folder)
        self._owner = Ownership(self.folder)
        try:
            self._connection = connect(self.path)
            self._open(settings)
        except BaseException:
            self._owner.release()
            raise

    def _open(self, settings: Settings | None) -> None:
        connection = self._connection
        if settings is not None and connection.execute("PRAGMA page_count").fetchone()[0]:
            raise InputError(f"{self.path} is there already; leave out the plan's flags to go on with it")
        with readable_errors(self.path):
            connection.execute("PRAGMA journal_mode = WAL")
            # Every commit is on the disk when it returns; they are few, since results are committed in batches.
            connection.execute("PRAGMA synchronous = FULL")
            if settings is not None:
                with self._transaction():
                    make_tables(connection)
                    self.write_meta("settings", settings.to_dict())
                    self.write_meta("selections", [])
            check_format(connection, self.path)
            self.settings = Settings.from_dict(self.read_meta("settings"))
            self._environments: dict[str, int] = dict(
                connection.execute("SELECT description, number FROM environments").fetchall()
            )
            with self._transaction():
                self._session = self._begin_session()

    def _begin_session(self) -> int:
        """Note that we are here, and what a driver that ended without a word had in hand."""
        connection = self._connection
        lost = "INSERT INTO attempts SELECT NULL, trial, ?, 'driver-lost', ?, '', NULL, ?, 0 FROM running"
        connection.execute(lost, (self._last_session(), "the driver ended while this was running", now()))
        connection.execute("DELETE FROM running")
        connection.execute("UPDATE sessions SET ending = 'lost' WHERE ending IS NULL")
        values = (platform.node(), os.getpid(), now())
        session = connection.execute("INSERT INTO sessions (host, pid, began_at) VALUES (?, ?, ?)", values).lastrowid
        assert session is not None
        return session

    def _last_session(self) -> int:
        return int(self._connection.execute("SELECT ifnull(max(number), 0) FROM sessions").fetchone()[0])

    def _transaction(self) -> _Transaction:
        return _Transaction(self._connection, self.path)

    # What was planned

    def read_meta(self, key: str) -> Any:
        """A value of `meta`; None where there is none."""
        return read_meta(self._connection, key)

    def write_meta(self, key: str, value: Any) -> None:
        """Set a value of `meta`."""
        with readable_errors(self.path):
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    def add_trials(self, cells: Sequence[tuple[str, str, str, int, int]], trials: Iterable[tuple[int, int, int]],
                   layered: bool, selection: dict[str, Any]) -> int:  # fmt: skip
        """Add what is not there yet, all or nothing.

        Args:
            cells: hash, adjacency, operations, parameters, FLOPs.
            trials: position in `cells`, epochs, repeat.
            layered: repeat 0 of everything before repeat 1, …; else all by cost.
            selection: what they were selected by, for the record.

        Returns:
            How many trials were new.
        """
        from nasbench_pytorch.campaign.ledger_filling import fill

        with self._transaction():
            added = fill(self._connection, cells, trials, layered)
            self.write_meta("selections", [*self.read_meta("selections"), selection])
        return added

    def cell_numbers(self) -> dict[str, int]:
        """Hash → number, of all cells."""
        return dict(self._connection.execute("SELECT hash, number FROM cells").fetchall())

    def trial_numbers(self) -> npt.NDArray[np.int64]:
        """Numbers of all trials."""
        rows = self._connection.execute("SELECT number FROM trials")
        return np.fromiter((row[0] for row in rows), np.int64)

    # The work

    def pending(self, after: Place, limit: int) -> list[tuple[Place, Trial]]:
        """The next trials in the order of work that are not finished; shows nothing of who is running them."""
        rows = self._connection.execute(
            "SELECT layer, rank, trials.number, hash, adjacency, operations FROM trials "
            "JOIN cells ON cells.number = trials.number >> 32 "
            "WHERE state = 0 AND (layer, rank, trials.number) > (?, ?, ?) "
            "ORDER BY layer, rank, trials.number LIMIT ?",
            (*after, limit),
        )
        return [(Place(*row[:3]), self._trial(*row[2:])) for row in rows]

    def _trial(self, number: int, module_hash: str, adjacency: str, operations: str) -> Trial:
        _, epochs, repeat = trial_parts(number)
        seed = trial_seed(self.settings.seed, module_hash, epochs, repeat)
        return Trial(number, module_hash, adjacency, operations, epochs, repeat, seed)

    def commit(self, outcomes: Sequence[Outcome], running: Iterable[int], max_tries: int) -> list[int]:
        """Write what became of trials, and which are running now; on the disk when this returns.

        Args:
            outcomes: of trials that are pending here.
            running: numbers of the trials in hand.
            max_tries: after so many failures a trial is recorded as failed.

        Returns:
            The trials that failed and are to be tried again.

        Raises:
            InputError: the file cannot be written (the disk is full, or read-only); nothing of this commit counts.
        """
        with self._transaction():
            again = _Commit(self, max_tries).write(outcomes)
            self._note_running(set(running))
        return again

    def _note_running(self, running: set[int]) -> None:
        noted = {row[0] for row in self._connection.execute("SELECT trial FROM running")}
        gone = [(number,) for number in noted - running]
        self._connection.executemany("DELETE FROM running WHERE trial = ?", gone)
        time_of_day = now()
        new = [(number, time_of_day) for number in running - noted]
        self._connection.executemany("INSERT INTO running VALUES (?, ?)", new)

    def environment_number(self, environment: dict[str, Any]) -> int | None:
        """The number of a machine with its versions, noted when first met; inside a transaction."""
        if not environment:
            return None
        text = json.dumps(environment, sort_keys=True)
        if text not in self._environments:
            row = (recipe_id(self.settings, environment), text)
            cursor = self._connection.execute("INSERT INTO environments (recipe_id, description) VALUES (?, ?)", row)
            assert cursor.lastrowid is not None
            self._environments[text] = cursor.lastrowid
        return self._environments[text]

    def retry(self, reason: str | None = None) -> int:
        """Make failed trials pending again, with all their tries; returns how many.

        Args:
            reason: only those whose last failure had it; None for all.
        """
        rows = self._connection.execute("SELECT number, rank FROM trials WHERE state = 2").fetchall()
        if reason is not None:
            last = "SELECT outcome FROM attempts WHERE trial = ? AND outcome <> 'driver-lost' ORDER BY number DESC"
            rows = [row for row in rows if self._connection.execute(last, row[:1]).fetchone()[0] == reason]
        with self._transaction():
            self._connection.executemany(
                "UPDATE trials SET state = 0, tries = 0 WHERE number = ?", [row[:1] for row in rows]
            )
            move_totals(self._connection, [(number, FAILED, PENDING, -rank, 0.0, 0.0) for number, rank in rows])
        return len(rows)

    def close(self, ending: str = "clean") -> None:
        """Say how it ended, put everything into the one file, and give up the ownership."""
        try:
            with self._transaction():
                self._connection.execute("DELETE FROM running")
                values = (now(), ending, self._session)
                self._connection.execute("UPDATE sessions SET ended_at = ?, ending = ? WHERE number = ?", values)
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._connection.close()
            self._owner.release()

    def abandon(self) -> None:
        """Leave without a word, where writing is no longer possible; what was committed stays. May follow `close`."""
        self._connection.close()
        self._owner.release()


class _Commit:
    """Writes outcomes inside a transaction."""

    def __init__(self, ledger: Ledger, max_tries: int) -> None:
        self._ledger, self._max_tries = ledger, max_tries
        self._connection = ledger._connection
        self._moves: list[tuple[int, int, int, float, float, float]] = []
        self._results: list[tuple[Any, ...]] = []
        self._attempts: list[tuple[Any, ...]] = []
        self._again: list[int] = []
        self._counts: dict[int, int] = defaultdict(int)

    def write(self, outcomes: Sequence[Outcome]) -> list[int]:
        known = self._known([outcome.trial for outcome in outcomes])
        for outcome in outcomes:
            state, tries, rank = known[outcome.trial]
            # A result that comes twice (its worker was thought lost) changes nothing: the first one counts.
            if isinstance(outcome, Stopped) or state != PENDING:
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
        environment = self._ledger.environment_number(outcome.environment or {"device": "unknown"})
        assert environment is not None
        evaluations = json.dumps([[getattr(item, name) for name in EVALUATION_COLUMNS] for item in outcome.evaluations])
        curve = json.dumps([float(f"{loss:.6g}") for loss in outcome.curve])
        times = (outcome.training_time_s, outcome.total_time_s)
        self._results.append((outcome.trial, outcome.status, evaluations, curve, outcome.restarts, *times, environment))
        self._attempt(outcome, "finished", "", environment)
        self._moves.append((outcome.trial, PENDING, FINISHED, -rank, *times))
        self._counts[environment] += 1

    def _failed(self, outcome: Failed, tries: int, rank: float) -> int:
        self._attempt(outcome, outcome.reason, outcome.evidence, self._ledger.environment_number(outcome.environment))
        if tries < self._max_tries and outcome.reason not in FINAL_REASONS:
            self._again.append(outcome.trial)
            return PENDING
        self._moves.append((outcome.trial, PENDING, FAILED, -rank, 0.0, 0.0))
        return FAILED

    def _attempt(self, outcome: Finished | Failed, word: str, evidence: str, environment: int | None) -> None:
        session = self._ledger._session
        self._attempts.append(
            (outcome.trial, session, word, evidence, outcome.worker, environment, now(), outcome.duration_s)
        )


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


class _Transaction:
    """All or nothing, with errors that a person can read."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self._path = connection, path

    def __enter__(self) -> None:
        with readable_errors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            try:
                with readable_errors(self._path):
                    self._connection.execute("COMMIT")
            except InputError:
                self._roll_back()
                raise
            return
        self._roll_back()
        if isinstance(error, sqlite3.Error):
            raise unusable(self._path, error) from error

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


class readable_errors:  # noqa: N801 - used as a statement
    """SQLite's errors that a person can mend become `InputError`s."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise unusable(self._path, error) from error


def unusable(path: Path, error: sqlite3.Error) -> InputError:
    """What to say when SQLite cannot go on."""
    return InputError(
        f"{path}: cannot go on ({error}). Everything committed before is safe: mend the disk or the permissions, then "
        "run the same command again"
    )


def no_ledger(folder: Path) -> InputError:
    """What to say where there is no campaign."""
    return InputError(f"{folder}: there is no campaign ({LEDGER_NAME}); begin one with: nasbench campaign run")


def connect(path: Path) -> sqlite3.Connection:
    """A connection in which transactions are explicit."""
    try:
        return sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    except sqlite3.Error as error:
        raise unusable(path, error) from None


def read_meta(connection: sqlite3.Connection, key: str) -> Any:
    """A value of `meta`; None where there is none."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else json.loads(row[0])
