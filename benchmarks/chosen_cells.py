"""Cells for measurements of trainings, chosen by rule."""

from __future__ import annotations

import numpy as np

from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec, SearchSpace, enumerate_cells, named_cell


def five_cells() -> dict[str, ModelSpec]:
    """Return the cells smallest, inception, best, a median cell and a cell of only max pools.

    Median: the cell nearest to the space's median parameters and median FLOPs; of equals the one with the lowest hash.
    Pooling: the cell of five max pools with the most FLOPs, that is, with the widest pools; of equals the one with the
    lowest hash.
    """
    space = enumerate_cells()
    return {
        "smallest": named_cell("smallest").spec,
        "inception": named_cell("inception").spec,
        "median": space[_median(space)],
        "pooling": space[_pooling(space)],
        "best": named_cell("best").spec,
    }


def three_sizes() -> dict[str, ModelSpec]:
    """Return the smallest cell, the median cell as above, and as a large cell one at the ninth decile of FLOPs."""
    space = enumerate_cells()
    flops = space.columns.flops
    large = int(np.flatnonzero(flops == np.sort(flops)[len(flops) * 9 // 10])[0])
    return {"small": named_cell("smallest").spec, "median": space[_median(space)], "large": space[large]}


def _median(space: SearchSpace) -> int:
    parameters, flops = space.columns.trainable_parameters, space.columns.flops
    distance = np.abs(np.log(parameters / np.median(parameters))) + np.abs(np.log(flops / np.median(flops)))
    return int(np.argmin(distance))


def _pooling(space: SearchSpace) -> int:
    pools = (space.columns.operations == CANONICAL_OPERATIONS.index("maxpool3x3")).sum(axis=1)
    return int(np.argmax(np.where(pools == 5, space.columns.flops, 0)))
