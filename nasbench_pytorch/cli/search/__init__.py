"""`nasbench search`: the commands for search algorithms."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "run": ("search.run:run", "run a search algorithm many times; a killed search goes on"),
    "compare": ("search.compare:compare", "run several algorithms under one protocol, and report them"),
    "report": ("search.report:report", "compare searches: regret over cost, tests, pictures"),
}

_ABOUT = """\
A search algorithm proposes cells, and a table, a training or a zero-cost proxy answers. A protocol says how the table
is asked, what that costs, and how the best cell is chosen and reported."""


def main(arguments: list[str]) -> int | None:
    """Run a command."""
    return run_group("search", COMMANDS, _ABOUT, arguments)
