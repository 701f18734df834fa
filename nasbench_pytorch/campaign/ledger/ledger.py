"""The ledger: one SQLite file that holds a campaign's plan and everything that came of it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.campaign.ledger.commit import Commit, make_pending
from nasbench_pytorch.campaign.ledger.connection import (
    LEDGER_NAME,
    Transaction,
    connect,
    no_ledger,
    read_meta,
    readable_errors,
    remove_ledger,
)
from nasbench_pytorch.campaign.ledger.lock import Ownership
from nasbench_pytorch.campaign.ledger.pending import Place, pending_trials
from nasbench_pytorch.campaign.ledger.schema import FINISHED, check_format
from nasbench_pytorch.campaign.ledger.sessions import begin_session, end_session, note_running
from nasbench_pytorch.campaign.settings import Settings, recipe_id
from nasbench_pytorch.campaign.trials import Trial, trial_number

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.ledger.create import Beginning, PlannedTrials
    from nasbench_pytorch.campaign.outcomes import Outcome


class Ledger:
    """A ledger that this process alone writes to; see `ledger.schema` for what is in it.

    What `commit` has returned from survives SIGKILL and power loss. After `close` everything is in the one file,
    which may be copied and gone on with elsewhere.

    Attributes:
        folder: the campaign's.
        path: the file.
        settings: the campaign's.

    Args:
        folder: the campaign's; made for a new one.
        beginning: begin a new ledger with this; None opens the one that is there.

    Raises:
        InputError: there is no ledger, or there is one already, another process has it, or it cannot be read.
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: str | os.PathLike[str], beginning: Beginning | None = None) -> None:
        self.folder = Path(folder)
        self.path = self.folder / LEDGER_NAME
        if beginning is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
        elif not self.path.exists():
            raise no_ledger(self.folder)
        self._owner = Ownership(self.folder)
        try:
            if beginning is not None:
                from nasbench_pytorch.campaign.ledger.create import make_ledger

                make_ledger(self.path, beginning)
            self._connection = connect(self.path)
            try:
                self._open()
            except BaseException:
                self._connection.close()
                raise
        except BaseException:
            if self.path.exists():
                self._owner.release()
            else:
                self._leave_nothing()
            raise

    def _open(self) -> None:
        connection = self._connection
        with readable_errors(self.path):
            check_format(connection, self.path)
            connection.execute("PRAGMA journal_mode = WAL")
            # Every commit is on the disk when it returns; they are few, since results are committed in batches.
            connection.execute("PRAGMA synchronous = FULL")
            self.settings = Settings.from_dict(self.read_meta("settings"))
            self._environments: dict[str, int] = dict(
                connection.execute("SELECT description, number FROM environments").fetchall()
            )
            with self._transaction():
                self._session = begin_session(connection)

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

    def add_trials(self, planned: PlannedTrials) -> int:
        """Add what is not there yet, all or nothing; returns how many trials were new."""
        from nasbench_pytorch.campaign.ledger.insert_trials import fill

        with self._transaction():
            added = fill(self._connection, planned.cells, planned.trials, planned.layered)
            self.write_meta("selections", [*self.read_meta("selections"), planned.selection])
        return added

    def cell_numbers(self) -> dict[str, int]:
        """Hash → number, of all cells."""
        return dict(self._connection.execute("SELECT hash, number FROM cells").fetchall())

    def trial_numbers(self) -> npt.NDArray[np.int64]:
        """Numbers of all trials."""
        rows = self._connection.execute("SELECT number FROM trials")
        return np.fromiter((row[0] for row in rows), np.int64)

    # The work

    def is_finished(self, module_hash: str, epochs: int, repeat: int) -> bool:
        """Whether this trial has its result; one that is not here has none."""
        row = self._connection.execute("SELECT number FROM cells WHERE hash = ?", (module_hash,)).fetchone()
        if row is None:
            return False
        state = "SELECT state FROM trials WHERE number = ?"
        return bool(self._connection.execute(state, (trial_number(row[0], epochs, repeat),)).fetchone() == (FINISHED,))

    def pending(self, after: Place, limit: int) -> list[tuple[Place, Trial]]:
        """The next trials in the order of work that are not finished; shows nothing of who is running them."""
        return pending_trials(self._connection, self.settings.seed, after, limit)

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
            note_running(self._connection, set(running))
        return again

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
        with self._transaction():
            return make_pending(self._connection, reason)

    def close(self, ending: str = "clean") -> None:
        """Say how it ended, put everything into the one file, and give up the ownership."""
        try:
            with self._transaction():
                end_session(self._connection, self._session, ending)
            with readable_errors(self.path):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._connection.close()
            self._owner.release()

    def abandon(self) -> None:
        """Leave without a word, where writing is no longer possible; what was committed stays. May follow `close`."""
        self._connection.close()
        self._owner.release()

    def discard(self) -> None:
        """Remove a ledger that has just been made and with which nobody could work."""
        self._connection.close()
        remove_ledger(self.path)
        self._leave_nothing()

    def _leave_nothing(self) -> None:
        """Give up a folder in which no campaign has begun, and remove it where it holds nothing else."""
        self._owner.release(forget=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()
