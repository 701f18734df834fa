"""`nasbench table`: the subcommands for tables of results."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "download": ("table.files:download", "fetch the published table, checked by its digest"),
    "import": ("table.files:import_table", "make a table of a .tfrecord of the original's format"),
    "export": ("table.files:export", "write a table as .tfrecord, Parquet or CSV"),
    "merge": ("table.files:merge", "put two tables together"),
    "info": ("table.queries:info", "what a table holds"),
    "query": ("table.queries:query", "the rows of a cell"),
    "best": ("table.queries:best", "the best cells by a metric"),
    "verify": ("table.verify_compare:verify", "check that a table holds together"),
    "compare": ("table.verify_compare:compare", "two tables on their common cells"),
}

_ABOUT = """\
A table holds the results of many cells: a .arrow file, or a .tfrecord of the original's format, which is
imported once when it is first used."""


def main(arguments: list[str]) -> int | None:
    return run_group("table", COMMANDS, _ABOUT, arguments)
