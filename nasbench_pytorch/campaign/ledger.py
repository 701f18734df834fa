"""The ledger: one SQLite file that holds a campaign's plan and everything that came of it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.campaign.ledger_access import (
    LEDGER_NAME,
    Transaction,
    connect,
    no_ledger,
    read_meta,
    readable_errors,
)
from nasbench_pytorch.campaign.ledger_commit import Commit, move_totals, now
from nasbench_pytorch.campaign.ledger_schema import (
    FAILED,
    PENDING,
    check_format,
    make_tables,
)
from nasbench_pytorch.campaign.outcomes import Outcome
from nasbench_pytorch.campaign.ownership import Ownership
from nasbench_pytorch.campaign.settings import Settings, recipe_id
from nasbench_pytorch.campaign.trials import Trial, trial_parts, trial_seed
from nasbench_pytorch.errors import InputError


class Place(NamedTuple):
    """Where a trial stands in the order of work: lower layers first, in them lower ranks (minus the cost)."""

    layer: int
    rank: float
    number: int


BEGINNING = Place(-1, 0.0, -1)


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

    def _transaction(self) -> Transaction:
        return Transaction(self._connection, self.path)

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
            again = Commit(self._connection, self._session, self._environment_number, max_tries).write(outcomes)
            self._note_running(set(running))
        return again

    def _note_running(self, running: set[int]) -> None:
        noted = {row[0] for row in self._connection.execute("SELECT trial FROM running")}
        gone = [(number,) for number in noted - running]
        self._connection.executemany("DELETE FROM running WHERE trial = ?", gone)
        time_of_day = now()
        new = [(number, time_of_day) for number in running - noted]
        self._connection.executemany("INSERT INTO running VALUES (?, ?)", new)

    def _environment_number(self, environment: dict[str, Any]) -> int | None:
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
