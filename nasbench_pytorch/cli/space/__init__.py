"""`nasbench space`: the commands for the search space."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "enumerate": ("space.commands:enumerate_space", "write all cells to a file"),
    "info": ("space.commands:info", "count cells by vertices, edges and operations; quantiles of costs"),
    "sample": ("space.commands:sample", "draw cells at random"),
    "neighbours": ("space.commands:neighbours", "list the cells one edit away from a cell"),
}

_ABOUT = """\
A space is all cells within bounds on vertices, edges and operations, by default the 423,624 cells of
NAS-Bench-101. --where selects the cells of a space that meet a condition."""


def main(arguments: list[str]) -> int | None:
    return run_group("space", COMMANDS, _ABOUT, arguments)
