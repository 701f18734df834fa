"""The cells that trainings are measured on, chosen by rule."""

from __future__ import annotations

import numpy as np

from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec, SearchSpace, enumerate_cells, named_cell


def five_cells() -> dict[str, ModelSpec]:
    """Smallest, inception, best, a median one and one of nothing but pools.

    Median: of the cells with the space's median parameters and, nearest to, its median FLOPs the one of the lowest
    hash. Pooling: of the cells with five max pools the one of most FLOPs, that is with the widest pools; of these the
    one of the lowest hash.
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
    """The smallest cell, the median one as above, and, as a large one, one at the ninth decile of FLOPs."""
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
