"""Running `nasbench campaign`, and the flags of a tiny campaign on the digits."""

from __future__ import annotations

from nasbench_pytorch.cli import main

SPACE = ["--space", "vertices<=2", "--dataset", "digits", "--budgets", "1", "--repeats", "2", "--device", "cpu"]
NETWORK = ["--stem-out-channels", "4", "--num-stacks", "1", "--num-modules-per-stack", "1"]
SMALL = [*SPACE, *NETWORK, "--train-images", "64", "--evaluation-images", "32"]
"""2 trials of 1 cell."""


def run(*arguments: object) -> int:
    return main(["campaign", *map(str, arguments)])
