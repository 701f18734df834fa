"""`nasbench train`: train one cell and write a run folder."""

from __future__ import annotations

import sys

from nasbench_pytorch.cli.shared.errors import only_rank_zero_prints
from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.cli.train.arguments import parse_arguments
from nasbench_pytorch.cli.train.run import train
from nasbench_pytorch.printable import print_lines


def main(arguments: list[str]) -> int:
    """Run the command."""
    with only_rank_zero_prints():
        parsed, saved = parse_arguments(arguments)
    if parsed.progress != "none" and sys.stderr.isatty():
        print_lines("nasbench train: loading PyTorch and the images …", file=sys.stderr)
    with exit_at_ctrl_c():
        from nasbench_pytorch.training import join_world

    with join_world(parsed.collective_timeout_s) as world:
        return train(parsed, saved, world)
