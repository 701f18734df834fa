"""Groups of commands: `nasbench table …`, `nasbench campaign …`."""

from __future__ import annotations

import importlib
import textwrap
from collections.abc import Mapping

from nasbench_pytorch.cli.shared.help_text import command_lines, terminal_width
from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.suggestions import unknown_name

Commands = Mapping[str, tuple[str, str]]
"""Command → its function, as `"module:function"` below `nasbench_pytorch.cli`, and its line in the help."""


def run_group(group: str, commands: Commands, about: str, arguments: list[str]) -> int | None:
    """Run one command of a group, or print the group's help.

    Args:
        group: the subcommand, such as `table`.
        commands: the commands of the group.
        about: a description of the group for the help, at most 120 characters a line.
        arguments: the command line after the group's name.

    Returns:
        The exit code, or None for 0.

    Raises:
        InputError: the command is unknown; the message lists the commands.
    """
    if not arguments or arguments[0] in ("-h", "--help", "--help-all"):
        print_lines(_usage(group, commands, about))
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in commands:
        raise unknown_name("command", name, commands)
    module, function = commands[name][0].split(":")
    with exit_at_ctrl_c():
        command = getattr(importlib.import_module(f"nasbench_pytorch.cli.{module}"), function)
    result: int | None = command(rest)
    return result


def _usage(group: str, commands: Commands, about: str) -> str:
    lines = command_lines({name: what for name, (_, what) in commands.items()})
    about = "\n".join(textwrap.wrap(about, terminal_width()))
    end = f"Run nasbench {group} COMMAND --help for the flags of a command."
    return "\n".join([f"usage: nasbench {group} COMMAND [OPTIONS]", "", about, "", *lines, "", end])
