"""A cell as text to copy: Python, and the command that trains it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nasbench_pytorch.space.spec import ModelSpec


def as_python(spec: ModelSpec) -> str:
    """Return Python code that makes the cell."""
    rows = "\n".join(f"        {row}," for row in spec.original_matrix.tolist())
    return (
        "from nasbench_pytorch import ModelSpec\n\n"
        f"spec = ModelSpec(\n    matrix=[\n{rows}\n    ],\n    ops={list(spec.original_ops)!r},\n)\n"
    )


def train_command(spec: ModelSpec) -> str:
    """Return the command that trains the cell."""
    cell = spec.pruned()
    rows = " ".join("".join(map(str, row)) for row in cell.matrix.tolist())
    ops = ",".join(cell.ops[1:-1])
    return f"nasbench train --matrix {shlex.quote(rows)} --ops {shlex.quote(ops)}"
