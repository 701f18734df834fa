"""`nasbench table`: the subcommands for tables of results."""

from __future__ import annotations

from nasbench_pytorch.cli.groups import Commands, run_group

COMMANDS: Commands = {
    "download": ("table_files", "fetch the published table, checked by its digest"),
    "import": ("table_files", "make a table of a .tfrecord of the original's format"),
    "export": ("table_files", "write a table as .tfrecord, Parquet or CSV"),
    "merge": ("table_files", "put two tables together"),
    "info": ("table_questions", "what a table holds"),
    "query": ("table_questions", "the rows of a cell"),
    "best": ("table_questions", "the best cells by a metric"),
    "verify": ("table_checks", "check that a table holds together"),
    "compare": ("table_checks", "two tables on their common cells"),
}

_ABOUT = """\
A table holds the results of many cells: a .arrow file, or a .tfrecord of the original's format, which is
imported once when it is first used."""


def main(arguments: list[str]) -> int | None:
    return run_group("table", COMMANDS, _ABOUT, arguments)
