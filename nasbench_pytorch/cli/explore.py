"""`nasbench explore`: a page over a table."""

from __future__ import annotations

from dataclasses import dataclass

import tyro

from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.printable import print_lines


@dataclass(frozen=True)
class _Arguments:
    table: tyro.conf.Positional[str] = "predicted"
    """The table: a name (see nasbench table list) or a file."""
    browser: bool = True
    """Open the page in the browser."""
    port: int = 8101
    """Port of this machine."""


def main(arguments: list[str]) -> None:
    parsed = parse(_Arguments, arguments, "nasbench explore", "Look at a table in the browser.")
    from nasbench_pytorch.explorer import ExploredTable, serve_explorer
    from nasbench_pytorch.table.default_table import open_table

    table = ExploredTable(open_table(parsed.table), parsed.table)
    print_lines(f"http://127.0.0.1:{parsed.port}/")
    serve_explorer(table, parsed.port)
