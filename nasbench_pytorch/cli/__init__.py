"""The command `nasbench`: one module for each subcommand, imported only when that subcommand runs."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

SUBCOMMANDS: dict[str, str] = {
    "train": "train one cell and write a run folder",
    "evaluate": "evaluate a finished run again",
    "bench": "measure how fast a cell trains on this machine, and profile a training step",
    "cell": "show a cell: hash, channels, parameters, FLOPs, drawing",
    "space": "enumerate, filter and sample the search space",
    "table": "import, export, query and compare tables of results",
    "plot": "draw pictures of a table or a campaign",
    "predict": "fit predictors of accuracies, evaluate and apply them",
    "proxy": "score untrained networks with zero-cost proxies, and compare proxies with accuracies",
    "explore": "look at a table in the browser: map, cells, editor, search, comparison",
    "search": "run search algorithms on a table, and compare them",
    "campaign": "train many cells, resumable, and export a table of the results",
    "report": "write one HTML file about a run, a campaign, a search or a table",
    "info": "show versions, devices, optional packages, folders and environment variables",
    "completion": "print a script that completes commands and flags in a shell",
}
"""Subcommand → its line in the help. Each is a module of that name here, with a function `main(arguments)`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the subcommand and its flags; those of this process if None.

    Returns:
        The exit code: 0, 1 for a failed training, 2 for invalid input, or 128 plus the number of a signal.
    """
    from nasbench_pytorch.cli.shared.errors import run_reporting_errors
    from nasbench_pytorch.cli.shared.interrupts import run_as_program
    from nasbench_pytorch.printable import let_any_encoding_print, print_lines

    let_any_encoding_print()
    if arguments is None:
        run_as_program()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print_lines(*_usage())
        return 0
    if words[0] == "--version":
        from nasbench_pytorch import __version__

        print_lines(f"nasbench-pytorch {__version__}")
        return 0
    name, rest = words[0], words[1:]
    if name not in SUBCOMMANDS:
        return run_reporting_errors("nasbench", lambda: _refuse(name))
    return run_reporting_errors(f"nasbench {name}", lambda: _run(name, rest))


def _run(name: str, arguments: list[str]) -> int | None:
    from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c

    with exit_at_ctrl_c():
        module = importlib.import_module(f"nasbench_pytorch.cli.{name}")
    result: int | None = module.main(arguments)
    return result


def _refuse(name: str) -> int:
    from nasbench_pytorch.errors import InputError
    from nasbench_pytorch.suggestions import did_you_mean

    known = ", ".join(SUBCOMMANDS)
    raise InputError(
        f"unknown subcommand '{name}'; there are: {known}{did_you_mean(name, [*SUBCOMMANDS, '--help', '--version'])}"
    )


def _usage() -> list[str]:
    from nasbench_pytorch.cli.shared.help_text import command_lines

    return [
        "usage: nasbench SUBCOMMAND [OPTIONS]",
        "",
        "NAS-Bench-101 in PyTorch.",
        "",
        *command_lines(SUBCOMMANDS),
        "",
        "nasbench SUBCOMMAND --help   the flags of a subcommand",
        "nasbench --version           the version",
    ]
