"""`nasbench table`: the subcommands for tables of results."""

from __future__ import annotations

import importlib

from nasbench_pytorch.errors import InputError

COMMANDS: dict[str, tuple[str, str]] = {
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
"""Command → the module here that has it as a function of that name (`import_` for `import`), and what it does."""


def main(arguments: list[str]) -> int | None:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_usage())
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        raise InputError(f"unknown command '{name}'; there are: {', '.join(COMMANDS)}")
    module = importlib.import_module(f"nasbench_pytorch.cli.{COMMANDS[name][0]}")
    result: int | None = getattr(module, "import_" if name == "import" else name)(rest)
    return result


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {about}" for name, (_, about) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: nasbench table COMMAND [OPTIONS]",
            "",
            "A table holds the results of many cells: a .arrow file, or a .tfrecord of the original's format, which is",
            "imported once when it is first used.",
            "",
            *lines,
            "",
            "nasbench table COMMAND --help says more.",
        ]
    )
