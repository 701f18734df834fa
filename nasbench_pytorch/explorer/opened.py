"""What a name on the command line stands for: a run, a campaign, a search or a table; and its results as a table."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from nasbench_pytorch.campaign.export.export import export_campaign
from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.saving.stored_search import ABOUT_FILE, searches_in
from nasbench_pytorch.table.default_table import open_table
from nasbench_pytorch.table.storage.table_file import TableFile

Kind = Literal["run", "campaign", "search", "table"]

RUN_MARK = "results.json"


def kind_of(named: str | None) -> Kind:
    """Return what a text names: a folder of a run, a campaign or a search, or else a table.

    The folder of a comparison, which holds folders of searches, is a search too.

    Args:
        named: a folder, a file, or the name of a table; None for the default table.

    Raises:
        InputError: it is a folder that holds none of these.
    """
    if named is None or not Path(named).is_dir():
        return "table"
    folder = Path(named)
    if (folder / LEDGER_NAME).exists():
        return "campaign"
    if searches_in(folder):
        return "search"
    if (folder / RUN_MARK).exists():
        return "run"
    if (folder / "checkpoint.pt").exists():
        raise InputError(f"{named}: a training that has not finished; continue it with: nasbench train --resume")
    raise InputError(
        f"{named}: this folder holds no run ({RUN_MARK}), no campaign ({LEDGER_NAME}) and no search ({ABOUT_FILE}); "
        "name one that does, or a table (see nasbench table list)"
    )


@contextlib.contextmanager
def opened_results(named: str | None) -> Iterator[TableFile]:
    """Open a table, or the results so far of a campaign as one.

    Args:
        named: name or file of a table, or a campaign's folder; None for the default table.

    Raises:
        InputError: there is no such table or campaign, it has no result, or it is damaged.
        OSError: the file cannot be read.
    """
    kind = kind_of(named)
    if kind == "table":
        yield open_table(named)
        return
    if named is None or kind != "campaign":
        instead = f"replay it over its table: nasbench explore TABLE --searches {named}"
        hint = instead if kind == "search" else "name a table or a campaign's folder"
        raise InputError(f"{named}: a {kind}, not results of many cells; {hint}")
    with tempfile.TemporaryDirectory(prefix="nasbench-results-") as scratch:
        exported = Path(scratch) / "campaign.arrow"
        export_campaign(named, exported)
        yield TableFile(exported)
