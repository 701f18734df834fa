"""`nasbench campaign`: the subcommands for training many cells."""

from __future__ import annotations

import importlib

from nasbench_pytorch.errors import InputError

COMMANDS: dict[str, tuple[str, str]] = {
    "plan": ("campaign_plan", "what a campaign would cost, before anything starts"),
    "run": ("campaign_run", "begin a campaign, or go on with one"),
    "status": ("campaign_status", "how a campaign stands"),
    "retry": ("campaign_status", "give failed trials another chance"),
    "export": ("campaign_export", "write the results as a table, .arrow or .tfrecord"),
    "compare": ("campaign_export", "the results beside another table"),
}
"""Command → the module here that has it as a function of that name, and what it does."""


def main(arguments: list[str]) -> int | None:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_usage())
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        raise InputError(f"unknown command '{name}'; there are: {', '.join(COMMANDS)}")
    module = importlib.import_module(f"nasbench_pytorch.cli.{COMMANDS[name][0]}")
    result: int | None = getattr(module, name)(rest)
    return result


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {about}" for name, (_, about) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: nasbench campaign COMMAND [OPTIONS]",
            "",
            "A campaign trains many cells and keeps everything in one folder, in ledger.sqlite. Stop and kill it as",
            "you like: the same command goes on, and so does: nasbench campaign run --out FOLDER",
            "",
            *lines,
            "",
            "nasbench campaign COMMAND --help says more.",
        ]
    )
