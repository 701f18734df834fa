"""`nasbench explore`: a page over a table, in the browser."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

_DEFAULT_TABLE = "predicted"


@dataclass(frozen=True)
class _Arguments:
    table: tyro.conf.Positional[str] = _DEFAULT_TABLE
    """The table: a name (see nasbench table list), a file, or a campaign's folder, whose results so far are shown."""
    no_browser: bool = False
    """Print the address only; do not open a browser."""
    port: int = 8101
    """Port on this machine; if it is taken, the next free one. 0 for any."""
    compare: str | None = None
    """A second table to compare with: a name, a file, or a campaign's folder."""
    searches: tuple[Path, ...] = ()
    """Folders of nasbench search run, or folders that hold several of them, to replay over the map."""


def main(arguments: list[str]) -> None:
    about = "Look at a table in the browser: map, cells, editor, filters, searches, comparison. Ctrl-C ends it."
    parsed = parse(_Arguments, arguments, "nasbench explore", about)
    with exit_at_ctrl_c():
        from nasbench_pytorch.explorer.opened import opened_results
        from nasbench_pytorch.explorer.server.run import check_installed

    check_installed()
    with contextlib.ExitStack() as opened:
        table = opened.enter_context(opened_results(parsed.table))
        other = None if parsed.compare is None else opened.enter_context(opened_results(parsed.compare))
        _explore(parsed, table, other)


def _explore(parsed: _Arguments, file: TableFile, other: TableFile | None) -> None:
    with exit_at_ctrl_c():
        from nasbench_pytorch.explorer import ExploredTable, TableComparison, serve_explorer

    table = ExploredTable(file, _short(parsed.table))
    comparison = searches = None
    if other is not None:
        comparison = TableComparison(table, ExploredTable(other, _short(parsed.compare or "")))
    if parsed.searches:
        from nasbench_pytorch.explorer import Searches  # 60 MB of compiled code come with it

        searches = Searches(table, parsed.searches)
    serve_explorer(
        table,
        comparison,
        searches,
        port=parsed.port,
        open_browser=not parsed.no_browser,
        say=lambda line: print_lines(line),
    )


def _short(table: str) -> str:
    """Return a table's name, or the name of its file or folder without what is before it."""
    return Path(table).name or table
