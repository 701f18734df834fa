"""`nasbench proxy`: the commands for zero-cost proxies."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "list": ("proxy.definitions:list_proxies", "list the proxies, or show the definition of some"),
    "score": ("proxy.score:score", "score cells and write a score file; resumable"),
    "attach": ("proxy.attach:attach", "write a table with scores as columns of its cells"),
    "evaluate": ("proxy.evaluate:evaluate", "compare scores with accuracies, beside simple counts"),
}

_ABOUT = """\
A zero-cost proxy scores a network without training it. Scores go to a score file; evaluate compares them with the
accuracies of a table."""


def main(arguments: list[str]) -> int | None:
    """Run a command."""
    return run_group("proxy", COMMANDS, _ABOUT, arguments)
