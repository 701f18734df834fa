"""`nasbench explore`: a page over a table, in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.printable import print_lines

_DEFAULT_TABLE = "predicted"


@dataclass(frozen=True)
class _Arguments:
    table: tyro.conf.Positional[str] = _DEFAULT_TABLE
    """The table: a name (see nasbench table list) or a file."""
    no_browser: bool = False
    """Print the address, and leave it to you to open it."""
    port: int = 8101
    """Port on this machine; if it is taken, the next free one. 0 for any."""
    compare: str | None = None
    """A second table, a name or a file, to compare with."""
    searches: tuple[Path, ...] = ()
    """Folders of nasbench search run, or folders that hold several of them, to replay over the map."""


def main(arguments: list[str]) -> None:
    about = "Look at a table in the browser: map, cells, editor, filters, searches, comparison. Ctrl-C ends it."
    parsed = parse(_Arguments, arguments, "nasbench explore", about)
    with exit_at_ctrl_c():
        from nasbench_pytorch.explorer import ExploredTable, TableComparison, serve_explorer
        from nasbench_pytorch.explorer.server.run import check_installed
        from nasbench_pytorch.table.default_table import open_table

    check_installed()
    table = ExploredTable(open_table(parsed.table), parsed.table)
    comparison = searches = None
    if parsed.compare is not None:
        comparison = TableComparison(table, ExploredTable(open_table(parsed.compare), parsed.compare))
    if parsed.searches:
        from nasbench_pytorch.explorer import Searches

        searches = Searches(table, parsed.searches)
    serve_explorer(
        table,
        comparison,
        searches,
        port=parsed.port,
        open_browser=not parsed.no_browser,
        say=lambda line: print_lines(line),
    )
