"""Trainable parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.space.costs.one_cell import count_parameters

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.space.spec import ModelSpec


def params(spec: ModelSpec, skeleton: Skeleton) -> float:
    """Count the trainable parameters: kernels, scales and offsets of batch norms, the dense layer.

    Formula: `count_parameters`.
    Sign: larger is meant to be better.
    It needs no batch, weights or network.
    Published code: NAS-Bench-Suite-Zero gives millions, of networks of nasbench-pytorch 1.3.1, which have up to
        16,137 more or fewer parameters for some cells.
    Trap: in NAS-Bench-101 it loses to the count of 3×3 convolutions.
    """
    return float(count_parameters(spec, skeleton))
