"""The samples of cells on which proxies are compared; published correlations differ mostly by their sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.sampling import sample_random_matrix
from nasbench_pytorch.suggestions import unknown_name

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace

SampleName = Literal["uniform", "notebook", "distinct", "first", "all"]
"""uniform: different cells, each set equally likely. notebook: draws of the original notebook's sampler, in which cells
repeat. distinct: these draws, each cell once. first: the first rows in hash order. all: every cell."""

SAMPLES: tuple[SampleName, ...] = get_args(SampleName)
"""Names of the samples on which proxies are compared."""


def sample_rows(space: SearchSpace, name: SampleName, count: int, seed: int = 0) -> npt.NDArray[np.int64]:
    """Return the rows of a sample's cells in the space.

    Args:
        space: the space.
        name: the sample.
        count: number of cells or draws; without effect for `all`.
        seed: seed of the draws. `distinct` has the cells of `notebook` with the same count and seed.

    Raises:
        InputError: the sample is unknown, or the space has fewer cells.
    """
    if name not in SAMPLES:
        raise unknown_name("sample", name, SAMPLES)
    if name == "all":
        return np.arange(len(space))
    if count < 1 or (count > len(space) and name in ("uniform", "first")):
        raise InputError(f"a sample has 1 to {len(space):,} of the space's cells, got {count:,}")
    if name == "first":
        return np.arange(count)
    rng = np.random.default_rng(seed)
    if name == "uniform":
        return np.asarray(rng.choice(len(space), size=count, replace=False), np.int64)
    draws = np.array([space.index_of(sample_random_matrix(space, rng)) for _ in range(count)], np.int64)
    if name == "notebook":
        return draws
    _, first = np.unique(draws, return_index=True)
    return draws[np.sort(first)]
