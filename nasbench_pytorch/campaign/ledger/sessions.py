"""Sessions of drivers on a ledger, and their running trials; all functions run inside the caller's transaction."""

from __future__ import annotations

import os
import platform
import sqlite3

from nasbench_pytorch.campaign.ledger.commit import now


def begin_session(connection: sqlite3.Connection) -> int:
    """Begin a session and return its number; record the trials that a lost driver was running."""
    last = connection.execute("SELECT ifnull(max(number), 0) FROM sessions").fetchone()[0]
    lost = "INSERT INTO attempts SELECT NULL, trial, ?, 'driver-lost', ?, '', NULL, ?, 0 FROM running"
    connection.execute(lost, (last, "the driver ended while this was running", now()))
    connection.execute("DELETE FROM running")
    connection.execute("UPDATE sessions SET ending = 'lost' WHERE ending IS NULL")
    values = (platform.node(), os.getpid(), now())
    session = connection.execute("INSERT INTO sessions (host, pid, began_at) VALUES (?, ?, ?)", values).lastrowid
    assert session is not None
    return session


def end_session(connection: sqlite3.Connection, session: int, ending: str) -> None:
    """Record the end of a session, and how it ended."""
    connection.execute("DELETE FROM running")
    connection.execute("UPDATE sessions SET ended_at = ?, ending = ? WHERE number = ?", (now(), ending, session))


def set_running(connection: sqlite3.Connection, running: set[int]) -> None:
    """Record which trials are running now."""
    noted = {row[0] for row in connection.execute("SELECT trial FROM running")}
    connection.executemany("DELETE FROM running WHERE trial = ?", [(number,) for number in noted - running])
    time_of_day = now()
    new = [(number, time_of_day) for number in running - noted]
    connection.executemany("INSERT INTO running VALUES (?, ?)", new)
