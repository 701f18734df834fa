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
    "campaign": "train many cells, resumable, and export a table of the results",
}
"""Subcommand → its line in the help. Each is a module of that name here, with a function `main(arguments)`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the subcommand and its flags; those of this process if None.

    Returns:
        The exit code: 0, 1 for a failed training, 2 for invalid input, or 128 plus the number of a signal.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print(_usage())
        return 0
    if words[0] == "--version":
        from nasbench_pytorch import __version__

        print(f"nasbench-pytorch {__version__}")
        return 0
    name, rest = words[0], words[1:]
    if name not in SUBCOMMANDS:
        print(f"nasbench: unknown subcommand '{name}'; there are: {', '.join(SUBCOMMANDS)}", file=sys.stderr)
        return 2
    from nasbench_pytorch.cli.shared.errors import run_reporting_errors

    module = importlib.import_module(f"nasbench_pytorch.cli.{name}")
    return run_reporting_errors(f"nasbench {name}", lambda: module.main(rest))


def _usage() -> str:
    width = max(map(len, SUBCOMMANDS))
    lines = [f"  {name.ljust(width)}  {about}" for name, about in SUBCOMMANDS.items()]
    return "\n".join(
        [
            "usage: nasbench SUBCOMMAND [OPTIONS]",
            "",
            "NAS-Bench-101 in PyTorch.",
            "",
            *lines,
            "",
            "Run nasbench SUBCOMMAND --help for the flags of a subcommand; nasbench --version prints the version.",
        ]
    )
