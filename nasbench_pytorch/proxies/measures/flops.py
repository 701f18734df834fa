"""FLOPs of a forward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.space.costs.one_cell import count_flops

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.space.spec import ModelSpec


def flops(spec: ModelSpec, skeleton: Skeleton) -> float:
    """Count the FLOPs of a forward pass for one image of 32×32: two for each multiply-add.

    Formula: `count_flops`, of convolutions and the dense layer.
    Sign: larger is meant to be better.
    It needs no batch, weights or network.
    Published code: NASLib gives millions of multiply-adds plus batch norms, pools and additions, 1.002 to 1.154
        times our multiply-adds, in nearly the same order.
    Trap: in NAS-Bench-101 FLOPs order cells as parameters do (the two are one proxy, not two).
    """
    return float(count_flops(spec, skeleton))
