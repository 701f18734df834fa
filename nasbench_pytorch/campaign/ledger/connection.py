"""Connections to a ledger's file, transactions, and readable errors."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from nasbench_pytorch.campaign.ledger.schema import check_format
from nasbench_pytorch.campaign.ledger.soundness import check_digest, damaged, digest_key, ledger_file, text_digest
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.shapes import checked, parse_json

LEDGER_NAME = "ledger.sqlite"
_BUSY_TIMEOUT_S = 30.0

_META_TYPES: dict[str, Any] = {
    "settings": dict[str, Any],
    "selections": list[dict[str, Any]],
    "options": dict[str, Any] | None,
}
"""Types of the values in `meta`."""

_ALWAYS_THERE = ("settings", "selections")


class Transaction:
    """Context manager of a transaction that is committed whole or not at all.

    Raises:
        InputError: SQLite cannot read or write the file.
    """

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
        if isinstance(error, sqlite3.Error | UnicodeDecodeError):
            raise unusable(self._path, error) from error

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


@contextmanager
def readable_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors within the block into an `InputError` that names the file and a remedy."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: sqlite3.Error | UnicodeDecodeError) -> InputError:
    """Return the error to raise if SQLite cannot read or write the file."""
    reason = " ".join(str(error).split())  # SQLite quotes a damaged text as it is
    return InputError(
        f"{path}: cannot go on ({reason}). Everything committed before is safe: mend the disk or the permissions, then "
        "run the same command again"
    )


def no_ledger(folder: Path) -> InputError:
    """Return the error to raise if a folder holds no campaign."""
    return InputError(f"{folder}: there is no campaign ({LEDGER_NAME}); begin one with: nasbench campaign run")


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection without implicit transactions.

    Raises:
        InputError: the file cannot be opened.
    """
    try:
        return sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    except sqlite3.Error as error:
        raise unusable(path, error) from None


def remove_ledger(path: Path) -> None:
    """Remove a ledger. SQLite's log beside it goes first: a leftover log would be read as the next ledger's."""
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def read_meta(connection: sqlite3.Connection, key: str) -> Any:
    """Return a value of the table `meta`, or None.

    Raises:
        InputError: the value is damaged, or missing though every ledger has it.
    """
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    name = f"{ledger_file(connection)}: meta, {key}"
    if row is None:
        if key in _ALWAYS_THERE:
            raise damaged(connection, f"table meta: {key} is missing")
        return None
    value = checked(_META_TYPES.get(key, Any), parse_json(checked(str, row[0], name), name), name)
    check_digest(connection, key, row[0])
    return value


def write_meta(connection: sqlite3.Connection, key: str, value: Any) -> None:
    """Set a value of the table `meta` and its digest, in one statement: no kill comes between them."""
    text = json.dumps(value)
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES (?, ?), (?, ?)", (key, text, digest_key(key), text_digest(text))
    )


def read_stored(folder: str | os.PathLike[str], key: str) -> Any:
    """Return a value of the ledger's `meta`, such as `settings`, `selections` or `options`; None without a ledger.

    Raises:
        InputError: the ledger cannot be read.
    """
    if not (Path(folder) / LEDGER_NAME).exists():
        return None
    with snapshot(folder) as connection:
        return read_meta(connection, key)


@contextmanager
def snapshot(folder: str | os.PathLike[str]) -> Iterator[sqlite3.Connection]:
    """Open a ledger for reading, in one transaction: all reads see the same moment, while a driver goes on writing.

    Raises:
        InputError: there is no ledger, or it cannot be read.
    """
    path = Path(folder) / LEDGER_NAME
    with closing(_open_for_reading(path)) as connection:
        try:
            connection.execute("BEGIN")
            yield connection
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise unusable(path, error) from None


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a connection that changes nothing, also in a read-only folder."""
    if not path.exists():
        raise no_ledger(path.parent)
    # Readers share helper files beside the ledger with the driver. The last one to close removes them, for which it
    # needs a connection that may write. In a read-only folder without such a file, nobody writes.
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
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise unusable(path, error) from None
    return connection
