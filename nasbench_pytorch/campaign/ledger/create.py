"""Making a ledger with its plan: the whole file, or none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.campaign.ledger.connection import connect, readable_errors, remove_ledger, write_meta
from nasbench_pytorch.campaign.ledger.insert_trials import CellRow, fill
from nasbench_pytorch.campaign.ledger.schema import make_tables
from nasbench_pytorch.campaign.trials import Numbers
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_path, remove_partials

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.settings import Settings


@dataclass(frozen=True)
class PlannedTrials:
    """Trials for a ledger.

    Attributes:
        cells: their cells.
        trials: position in `cells`, epochs and repeat of each trial, shape (3, N).
        layered: order repeat 0 of everything before repeat 1, …; else all trials by cost.
        selection: what the trials were selected by, for the record.
    """

    cells: Sequence[CellRow]
    trials: Numbers
    layered: bool
    selection: dict[str, Any]


def make_ledger(path: Path, settings: Settings, planned: PlannedTrials) -> None:
    """Make the file of a ledger; the caller must own its folder.

    The file is written beside its final name and renamed, so planning that is killed, or meets a full disk, leaves no
    campaign.

    Raises:
        InputError: there is a ledger already, or it cannot be written.
        OSError: the folder cannot be written.
    """
    if path.exists():
        raise InputError(f"{path} is there already; leave out the plan's flags to go on with it")
    remove_partials(path)
    remove_ledger(path)
    with atomic_path(path) as partial, readable_errors(path), closing(connect(partial)) as connection:
        # Nobody sees the file before it is whole and synced, so it needs no journal.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        make_tables(connection)
        fill(connection, planned.cells, planned.trials, planned.layered)
        write_meta(connection, "settings", settings.to_dict())
        write_meta(connection, "selections", [planned.selection])
        connection.execute("COMMIT")
