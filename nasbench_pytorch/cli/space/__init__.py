"""`nasbench space`: the subcommands for the search space."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "enumerate": ("space.commands:enumerate_space", "write all cells to a file"),
    "info": ("space.commands:info", "count them by vertices, edges and operations; quantiles of parameters and FLOPs"),
    "sample": ("space.commands:sample", "draw cells at random"),
    "neighbours": ("space.commands:neighbours", "list the cells that are one edit away from a cell"),
}

_ABOUT = """\
All cells within bounds on vertices, edges and operations, by default the 423,624 of NAS-Bench-101, or those
of them that meet a condition (--where)."""


def main(arguments: list[str]) -> int | None:
    return run_group("space", COMMANDS, _ABOUT, arguments)
