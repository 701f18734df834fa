"""Groups of commands: `nasbench table …`, `nasbench campaign …`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from nasbench_pytorch.errors import InputError

Commands = Mapping[str, tuple[str, str]]
"""Command → where it is here, `"module:function"`, and what it does."""


def run_group(group: str, commands: Commands, about: str, arguments: list[str]) -> int | None:
    """Run the command that the arguments name, or say which there are.

    Args:
        group: the subcommand that they belong to.
        commands: see `Commands`.
        about: what a person should know about the group, at most 120 characters a line.
        arguments: what follows the group's name.

    Raises:
        InputError: there is no such command; lists them.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_usage(group, commands, about))
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in commands:
        raise InputError(f"unknown command '{name}'; there are: {', '.join(commands)}")
    module, function = commands[name][0].split(":")
    result: int | None = getattr(importlib.import_module(f"nasbench_pytorch.cli.{module}"), function)(rest)
    return result


def _usage(group: str, commands: Commands, about: str) -> str:
    width = max(map(len, commands))
    lines = [f"  {name.ljust(width)}  {what}" for name, (_, what) in commands.items()]
    end = f"nasbench {group} COMMAND --help says more."
    return "\n".join([f"usage: nasbench {group} COMMAND [OPTIONS]", "", about, "", *lines, "", end])
