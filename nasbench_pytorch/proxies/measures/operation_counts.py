"""Numbers of operations, vertices and edges of a cell: the baselines that a proxy has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.space.operations import CONV1X1, CONV3X3, MAXPOOL3X3

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.space.spec import ModelSpec


def conv3x3(spec: ModelSpec, skeleton: Skeleton) -> float:
    """Count the 3×3 convolutions of the pruned cell; projections do not count.

    Sign: larger is meant to be better.
    It needs no batch, weights or network.
    Trap: this count is the baseline. Over all cells of NAS-Bench-101 its Spearman correlation with the mean test
        accuracy is .524, more than that of parameters or FLOPs (.435) and of most proxies, and hardly any
        publication reports it.
    """
    del skeleton
    return _count(spec, CONV3X3)


def conv1x1(spec: ModelSpec, skeleton: Skeleton) -> float:
    """Count the 1×1 convolutions of the pruned cell; projections do not count. Spearman over all cells: −.055."""
    del skeleton
    return _count(spec, CONV1X1)


def maxpool3x3(spec: ModelSpec, skeleton: Skeleton) -> float:
    """Count the max pools of the pruned cell. Sign: fewer are better; Spearman over all cells: −.469."""
    del skeleton
    return _count(spec, MAXPOOL3X3)


def edges(spec: ModelSpec, skeleton: Skeleton) -> float:
    """Count the edges of the pruned cell. Spearman over all cells: .088."""
    del skeleton
    return float(spec.pruned().matrix.sum())


def vertices(spec: ModelSpec, skeleton: Skeleton) -> float:
    """Count the vertices of the pruned cell, input and output included."""
    del skeleton
    return float(len(spec.pruned().ops))


def _count(spec: ModelSpec, operation: str) -> float:
    return float(spec.pruned().ops.count(operation))
