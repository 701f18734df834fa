"""Making a ledger: with its plan, or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_pytorch.campaign.ledger.connection import connect, readable_errors, remove_ledger
from nasbench_pytorch.campaign.ledger.insert_trials import CellRow, Numbers, fill
from nasbench_pytorch.campaign.ledger.schema import make_tables
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_path, remove_partials


@dataclass(frozen=True)
class PlannedTrials:
    """Trials for a ledger.

    Attributes:
        cells: hash, adjacency, operations, parameters, FLOPs.
        trials: position in `cells`, epochs and repeat of each, shape (3, N).
        layered: repeat 0 of everything before repeat 1, …; else all by cost.
        selection: what they were selected by, for the record.
    """

    cells: Sequence[CellRow]
    trials: Numbers
    layered: bool
    selection: dict[str, Any]


@dataclass(frozen=True)
class Beginning:
    """What a new ledger begins with.

    Attributes:
        settings: the campaign's.
        planned: its first trials.
    """

    settings: Settings
    planned: PlannedTrials


def make_ledger(path: Path, beginning: Beginning) -> None:
    """Make the file, for whoever owns its folder.

    It is made beside its place and renamed: a campaign whose planning was killed, or met a full disk, has not begun.

    Raises:
        InputError: there is one already, or it cannot be written.
        OSError: the folder cannot be written.
    """
    if path.exists():
        raise InputError(f"{path} is there already; leave out the plan's flags to go on with it")
    remove_partials(path)
    remove_ledger(path)
    planned = beginning.planned
    with atomic_path(path) as partial, readable_errors(path), closing(connect(partial)) as connection:
        # Nobody sees the file before it is whole and synced, so it needs no journal.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        make_tables(connection)
        fill(connection, planned.cells, planned.trials, planned.layered)
        meta = {"settings": beginning.settings.to_dict(), "selections": [planned.selection]}
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)", [(key, json.dumps(value)) for key, value in meta.items()]
        )
        connection.execute("COMMIT")
