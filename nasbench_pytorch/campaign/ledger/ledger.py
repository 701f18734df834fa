"""The ledger: one SQLite file with a campaign's plan and results."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.campaign.ledger import lookups
from nasbench_pytorch.campaign.ledger.commit import Commit, make_pending
from nasbench_pytorch.campaign.ledger.connection import (
    LEDGER_NAME,
    Transaction,
    connect,
    no_ledger,
    read_meta,
    readable_errors,
    remove_ledger,
    write_meta,
)
from nasbench_pytorch.campaign.ledger.environments import add_environment
from nasbench_pytorch.campaign.ledger.lock import Ownership
from nasbench_pytorch.campaign.ledger.pending import PendingPosition, pending_trials
from nasbench_pytorch.campaign.ledger.schema import add_missing_tables, check_format
from nasbench_pytorch.campaign.ledger.sessions import begin_session, end_session, set_running
from nasbench_pytorch.campaign.ledger.soundness import SMALL_TABLES, check_rules
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from typing_extensions import Self

    from nasbench_pytorch.campaign.ledger.create import PlannedTrials
    from nasbench_pytorch.campaign.outcomes import Outcome
    from nasbench_pytorch.campaign.trials import Numbers, Trial


class Ledger:
    """A ledger open for writing, by this process alone; see `ledger.schema` for its tables.

    `Ledger.create` and `Ledger.open` return one. As a context manager it closes itself: with the ending "clean", or
    "hindered" after an `InputError`; after any other error the session counts as lost.

    Committed outcomes survive SIGKILL and power loss. After `close` the one file holds everything; it can be copied,
    and the campaign resumed elsewhere.

    Attributes:
        folder: the campaign's folder.
        path: the file.
        settings: the campaign's settings.
    """

    def __init__(self, path: Path, owner: Ownership) -> None:
        self.folder, self.path = path.parent, path
        self._owner, self._closed = owner, False
        self._connection = connect(path)
        try:
            self._begin()
        except BaseException:
            self._connection.close()
            raise

    @classmethod
    def create(cls, folder: str | os.PathLike[str], settings: Settings, planned: PlannedTrials) -> Self:
        """Create a ledger in a folder, which is made if it is missing.

        Raises:
            InputError: there is a ledger already, another process owns the folder, or SQLite cannot write the file.
            OSError: the folder cannot be written.
        """
        from nasbench_pytorch.campaign.ledger.create import make_ledger

        path = Path(folder) / LEDGER_NAME
        path.parent.mkdir(parents=True, exist_ok=True)
        owner = Ownership(path.parent)
        try:
            make_ledger(path, settings, planned)
            return cls(path, owner)
        except BaseException:
            if path.exists():
                owner.release()
            else:
                _leave_nothing(path.parent, owner)
            raise

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Self:
        """Open the ledger in a folder.

        Raises:
            InputError: there is no ledger, another process owns it, or it cannot be read.
            OSError: the folder cannot be written.
        """
        path = Path(folder) / LEDGER_NAME
        if not path.exists():
            raise no_ledger(path.parent)
        owner = Ownership(path.parent)
        try:
            return cls(path, owner)
        except BaseException:
            owner.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._closed:
            return
        if kind is None:
            self.close()
        elif issubclass(kind, InputError):
            self.try_close("hindered")
        else:
            self.abandon()

    def _begin(self) -> None:
        connection = self._connection
        with readable_errors(self.path):
            check_format(connection, self.path)
            check_rules(connection, SMALL_TABLES)
            connection.execute("PRAGMA journal_mode = WAL")
            # Every commit is on the disk when it returns. Commits are few, since results are committed in batches.
            connection.execute("PRAGMA synchronous = FULL")
            self.settings = Settings.from_dict(self.read_meta("settings"))
            self._environments: dict[str, int] = dict(
                connection.execute("SELECT description, number FROM environments").fetchall()
            )
            with self._transaction():
                add_missing_tables(connection)
                self._session = begin_session(connection)

    def _transaction(self) -> Transaction:
        return Transaction(self._connection, self.path)

    def read_meta(self, key: str) -> Any:
        """Return a value of the table `meta`, or None."""
        return read_meta(self._connection, key)

    def write_meta(self, key: str, value: Any) -> None:
        """Set a value of the table `meta`."""
        with readable_errors(self.path):
            write_meta(self._connection, key, value)

    def add_trials(self, planned: PlannedTrials) -> int:
        """Add the trials that the ledger lacks, all or none; return how many were added."""
        from nasbench_pytorch.campaign.ledger.insert_trials import fill

        with self._transaction():
            added = fill(self._connection, planned.cells, planned.trials, planned.layered)
            self.write_meta("selections", [*self.read_meta("selections"), planned.selection])
        return added

    def cell_numbers(self) -> dict[str, int]:
        """Return hash → number of all cells."""
        return lookups.cell_numbers(self._connection)

    def trial_numbers(self) -> Numbers:
        """Return the numbers of all trials."""
        return lookups.trial_numbers(self._connection)

    def is_finished(self, module_hash: str, epochs: int, repeat: int) -> bool:
        """Return whether the ledger has a result of this trial."""
        return lookups.is_finished(self._connection, module_hash, epochs, repeat)

    def count_failed(self) -> int:
        """Return the number of trials that are recorded as failed."""
        return lookups.count_failed(self._connection)

    def pending(self, after: PendingPosition, limit: int) -> list[tuple[PendingPosition, Trial]]:
        """Return the next pending trials in the order of work, running ones included."""
        return pending_trials(self._connection, self.settings.seed, after, limit)

    def commit(self, outcomes: Sequence[Outcome], running: Iterable[int], max_tries: int) -> list[int]:
        """Write outcomes, and which trials are running now; they are on the disk when this returns.

        Args:
            outcomes: outcomes of trials that are pending here.
            running: numbers of the running trials.
            max_tries: number of failures after which a trial is recorded as failed.

        Returns:
            Numbers of the trials that failed and are to be tried again.

        Raises:
            InputError: the file cannot be written (the disk is full or read-only); nothing of this commit counts.
        """
        with self._transaction():
            again = Commit(self._connection, self._session, self._environment_number, max_tries).write(outcomes)
            set_running(self._connection, set(running))
        return again

    def _environment_number(self, environment: dict[str, Any]) -> int | None:
        """Return the number of a machine with its versions, adding a new one; inside a transaction."""
        if not environment:
            return None
        text = json.dumps(environment, sort_keys=True)
        if text not in self._environments:
            recipe_id = self.settings.recipe_id(environment)
            self._environments[text] = add_environment(self._connection, recipe_id, text)
        return self._environments[text]

    def retry(self, reason: str | None = None) -> int:
        """Make failed trials pending again, with all their tries; return how many.

        Args:
            reason: only trials whose last failure had this reason; None for all.
        """
        with self._transaction():
            return make_pending(self._connection, reason)

    def close(self, ending: str = "clean") -> None:
        """Record how the session ended, move everything into the one file, and release the folder.

        Raises:
            InputError: the file cannot be written; the folder is released all the same.
        """
        try:
            with self._transaction():
                end_session(self._connection, self._session, ending)
            with readable_errors(self.path):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self.abandon()

    def try_close(self, ending: str) -> None:
        """Close; if the file can no longer be written, abandon."""
        with contextlib.suppress(InputError):
            self.close(ending)

    def abandon(self) -> None:
        """Release the folder without writing; committed outcomes stay, and the session counts as lost."""
        self._closed = True
        self._connection.close()
        self._owner.release()

    def discard(self) -> None:
        """Remove a new ledger whose trials cannot run, and its folder if nothing else is in it."""
        self._closed = True
        self._connection.close()
        remove_ledger(self.path)
        _leave_nothing(self.folder, self._owner)


def _leave_nothing(folder: Path, owner: Ownership) -> None:
    """Release a folder without a campaign, and remove it if it is empty."""
    owner.release(remove=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
