"""Checks of the operation names of a cell, and the labels that stand for the names in the hash."""

from __future__ import annotations

from collections.abc import Sequence

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.suggestions import did_you_mean


def operation_labels(ops: Sequence[str], canonical_ops: Sequence[str]) -> tuple[int, ...]:
    """Return the label of every vertex: -1 input, -2 output, else the operation's index in `canonical_ops`.

    Raises:
        InputError: an interior operation is not in `canonical_ops`; the message names the vertex.
    """
    index = {name: position for position, name in enumerate(canonical_ops)}
    try:
        return (-1, *[index[name] for name in ops[1:-1]], -2)
    except KeyError:
        vertex = next(v for v, name in enumerate(ops) if 0 < v < len(ops) - 1 and name not in index)
        raise unknown_operation(ops[vertex], vertex, canonical_ops) from None


def unknown_operation(name: str, vertex: int, known: Sequence[str]) -> InputError:
    """Return the error for an operation that is not in `known`; every check raises this one."""
    hint = did_you_mean(str(name), known)
    return InputError(f"unknown operation '{name}' at vertex {vertex}; this space has: {', '.join(known)}{hint}")


def check_ends(ops: Sequence[str]) -> None:
    """Check that the operations begin with the input and end with the output.

    Raises:
        InputError: they do not.
    """
    if ops[0] != INPUT or ops[-1] != OUTPUT:
        raise InputError(f"ops must begin with '{INPUT}' and end with '{OUTPUT}', got '{ops[0]}' and '{ops[-1]}'")
