"""`nasbench search`: the commands for search algorithms."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "run": ("search.run:run", "run a search algorithm many times; resumable"),
    "compare": ("search.compare:compare", "run several algorithms under one protocol, and report them"),
    "report": ("search.report:report", "compare searches: regret over cost, tests, pictures"),
}

_ABOUT = """\
A search algorithm proposes cells; a table, a training or a zero-cost proxy evaluates them. A protocol defines how the
table is queried, what a query costs, and how the best cell is chosen and reported."""


def main(arguments: list[str]) -> int | None:
    """Run a command."""
    return run_group("search", COMMANDS, _ABOUT, arguments)
