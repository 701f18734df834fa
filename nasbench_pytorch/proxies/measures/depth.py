"""Longest path of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.space.spec import ModelSpec


def depth(spec: ModelSpec, skeleton: Skeleton) -> float:
    """Count the operations on the longest path from the cell's input to its output.

    Formula: length of the longest path in edges, minus 1; 0 for a cell with the one edge from input to output.
    Sign: larger is meant to be better.
    It needs no batch, weights or network.
    """
    del skeleton
    rows = spec.pruned().rows
    longest = [0] * len(rows)
    for source in range(len(rows)):  # vertices are in topological order
        for target in range(source + 1, len(rows)):
            if rows[source] >> target & 1:
                longest[target] = max(longest[target], longest[source] + 1)
    return float(longest[-1] - 1)
