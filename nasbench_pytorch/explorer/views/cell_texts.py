"""A cell as text to copy: Python, and the command that trains it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.space.spec import ModelSpec


def as_python(spec: ModelSpec) -> str:
    """Return Python code that makes the cell."""
    rows = "\n".join(f"        {row}," for row in spec.original_matrix.tolist())
    return (
        "from nasbench_pytorch import ModelSpec\n\n"
        f"spec = ModelSpec(\n    matrix=[\n{rows}\n    ],\n    ops={list(spec.original_ops)!r},\n)\n"
    )


def train_command(spec: ModelSpec, skeleton: Skeleton) -> str:
    """Return the command that trains the cell in a skeleton.

    Raises:
        InputError: the input cannot reach the output.
    """
    cell = spec.pruned()
    rows = " ".join("".join(map(str, row)) for row in cell.matrix.tolist())
    words = ["nasbench", "train", "--matrix", rows, "--ops", ",".join(cell.ops)]
    return shlex.join([*words, *skeleton_flags(skeleton)])


def skeleton_flags(skeleton: Skeleton) -> list[str]:
    """Return the flags of a skeleton other than NAS-Bench-101's; empty for that one."""
    flags: list[str] = []
    for name, value in vars(skeleton).items():
        if value != getattr(NASBENCH101_SKELETON, name):
            flags += [f"--{name.replace('_', '-')}", str(value)]
    return flags
