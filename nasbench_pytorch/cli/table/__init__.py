"""`nasbench table`: the subcommands for tables of results."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "list": ("table.named:list_tables", "list the named tables"),
    "download": ("table.named:download", "download a published table and check its digest"),
    "import": ("table.files:import_table", "convert a table in any known layout"),
    "export": ("table.exports:export", "write a table as .tfrecord, Parquet or CSV"),
    "merge": ("table.files:merge", "merge two tables into one"),
    "info": ("table.queries:info", "summarise a table"),
    "query": ("table.queries:query", "print the rows of a cell"),
    "best": ("table.queries:best", "list the best cells by a metric"),
    "verify": ("table.verify_compare:verify", "check hashes, parameter counts, accuracies and times of a table"),
    "compare": ("table.verify_compare:compare", "compare two tables on their common cells"),
}

_ABOUT = """\
A table holds the results of many cells. It is given by a name, such as full (nasbench table list shows all), or as a
file: .arrow, or a .tfrecord of the original's format, which is imported on first use. ./full is a file named full.
`import` converts the files of NASLib, NNI and others."""


def main(arguments: list[str]) -> int | None:
    """Run a subcommand."""
    return run_group("table", COMMANDS, _ABOUT, arguments)
