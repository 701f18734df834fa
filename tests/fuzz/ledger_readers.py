"""Readers of a campaign's folder."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from nasbench_pytorch.campaign.export.export import export_campaign
from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.ledger.lock import read_owner
from nasbench_pytorch.campaign.ledger.pending import BEGINNING
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.plan.selection import read_hashes
from nasbench_pytorch.cli.campaign.arguments import DecidingFlags, default_options, stored_plan
from nasbench_pytorch.cli.campaign.status import status_lines
from nasbench_pytorch.table import NASBench
from tests.fuzz.mutations import any_value, changed_bytes, changed_json
from tests.fuzz.reader import FuzzedReader, WrongReadError
from tests.helpers.campaign_fakes import all_trials, begin, failed, trained

_NO_NUMBERS = ("failure",)
"""Columns of an export that nothing but a message depends on."""


def _ledger(folder: Path) -> bytes:
    """A campaign with results, a failure and pending trials."""
    ledger = begin(folder / "sound")
    ledger.write_meta("options", {"workers": 2})
    trials = all_trials(ledger)
    ledger.commit([trained(trial) for trial in trials[:9]] + [failed(trials[9])], [trials[10].number], 3)
    ledger.close()
    return (folder / "sound" / LEDGER_NAME).read_bytes()


def _rows(folder: Path) -> dict[tuple[Any, ...], Any]:
    export_campaign(folder, folder / "t.arrow")
    table = NASBench(folder / "t.arrow").to_arrow()
    rows = table.select([name for name in table.column_names if name not in _NO_NUMBERS]).to_pylist()
    return {(row["hash"], row["epochs"], row["repeat"]): row for row in rows}


@cache
def _sound_rows(folder: Path) -> dict[tuple[Any, ...], Any]:
    return _rows(folder)


def _use_ledger(path: Path, read: Callable[[Path], object]) -> None:
    """Do with a ledger whatever the commands do: its own folder, because drivers write into it."""
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        folder = Path(scratch)
        shutil.copy(path, folder / LEDGER_NAME)
        read(folder)
        status_lines(folder, read_status(folder))
        stored_plan(folder)
        default_options(DecidingFlags(), folder)
        with Ledger.open(folder) as ledger:
            for _, trial in ledger.pending(BEGINNING, 100):
                trial.spec()
            ledger.cell_numbers()
            ledger.trial_numbers()
            ledger.retry("nan")


def _same_results(path: Path) -> None:
    def compare(folder: Path) -> None:
        if _rows(folder) != _sound_rows(path.parent / "sound"):
            raise WrongReadError("the export differs from the sound ledger's")

    _use_ledger(path, compare)


def _changed_values(data: bytes, generator: random.Random) -> bytes:
    """Put values of any types into a few places of a ledger without digests."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / LEDGER_NAME
        file.write_bytes(data)
        with closing(sqlite3.connect(file)) as connection:
            # Fast, and without a log: the file is thrown away after it was read.
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; DROP TABLE result_digests")
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for _ in range(generator.choice((1, 1, 2))):
                _change_value(connection, generator.choice(tables), generator)
            connection.commit()
        return file.read_bytes()


def _change_value(connection: sqlite3.Connection, table: str, generator: random.Random) -> None:
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    rows = connection.execute(f"SELECT * FROM {table}").fetchall()
    if not rows:
        return
    row, name = generator.choice(rows), generator.choice(names)
    old = row[names.index(name)]
    value: Any = any_value(generator)
    if isinstance(old, str) and old.startswith(("{", "[")) and generator.random() < 0.7:
        value = changed_json(old.encode(), generator).decode()
    elif isinstance(value, list | dict):
        value = json.dumps(value)
    elif isinstance(value, int) and value.bit_length() > 63:
        value = 2**62
    elif isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
        value = value if generator.random() < 0.3 else value.decode("utf-8", "replace")
    where = " AND ".join(f"{key} IS ?" for key in names)
    try:
        connection.execute(f"UPDATE {table} SET {name} = ? WHERE {where}", (value, *row))
    except sqlite3.IntegrityError:  # two equal keys, which SQLite refuses
        return


def _owner(folder: Path) -> bytes:
    del folder
    return b'{"host": "node1", "pid": 4711}'


def _read_owner(path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        shutil.copy(path, Path(scratch) / "driver.json")
        read_owner(Path(scratch))


def _hashes(folder: Path) -> bytes:
    del folder
    return b"# two cells\n28cfc7874f6d200472e1a9dcd8650aa0\n00005c142e6f48ac74fdcf73e3439874  # the second\n"


LEDGER_READERS: dict[str, FuzzedReader] = {
    "ledger": FuzzedReader(".sqlite", _ledger, changed_bytes, _same_results, 0.5),
    "values in a ledger without digests": FuzzedReader(
        ".sqlite", _ledger, _changed_values, lambda path: _use_ledger(path, _rows), 0.5
    ),
    "JSON of a campaign's driver": FuzzedReader(".json", _owner, changed_json, _read_owner),
    "list of hashes": FuzzedReader(".txt", _hashes, changed_bytes, read_hashes),
}
