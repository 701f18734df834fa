"""The command `nasbench`: one file a subcommand, loaded only when that subcommand is asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

SUBCOMMANDS: dict[str, str] = {
    "train": "train one cell and write a run folder",
    "evaluate": "evaluate a finished run again",
    "bench": "measure how fast a cell trains here, and where the time goes",
    "cell": "show a cell: hash, channels, parameters, FLOPs, drawing",
    "space": "enumerate, filter and sample the search space",
    "table": "import, export, query and compare tables of results",
    "campaign": "train many cells, resumable, and make a table of the results",
}
"""Subcommand → what it does. Each is the module of that name here, with a function `main(arguments)`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, or 2 for input that cannot be used."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help"):
        print(_usage())
        return 0
    if given[0] == "--version":
        from nasbench_pytorch import __version__

        print(f"nasbench-pytorch {__version__}")
        return 0
    name, rest = given[0], given[1:]
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
            "nasbench SUBCOMMAND --help says more; nasbench --version prints the version.",
        ]
    )
