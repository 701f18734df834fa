"""Getting at a ledger's file: connections, transactions, and errors that a person can read."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

from nasbench_pytorch.campaign.ledger.schema import check_format
from nasbench_pytorch.errors import InputError

LEDGER_NAME = "ledger.sqlite"
_BUSY_TIMEOUT_S = 30.0


class Transaction:
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


def remove_ledger(path: Path) -> None:
    """Remove the file, after what SQLite has beside it: a log that stays would be taken for the next ledger's."""
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def read_meta(connection: sqlite3.Connection, key: str) -> Any:
    """A value of `meta`; None where there is none."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else json.loads(row[0])


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
    # that may not write could not do. Where nothing can be written and there is no such file, nobody writes.
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        mode = "mode=rw"
    else:
        mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None
        )
        connection.execute("PRAGMA query_only = ON")
        check_format(connection, path)
    except sqlite3.Error as error:
        raise unusable(path, error) from None
    return connection
