"""Cells with accuracies that are a simple function of the cell, so that small predictors can learn them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from nasbench_pytorch.predictors import EncodedCells, encode_cells
from nasbench_pytorch.space import SearchSpace, enumerate_cells


@pytest.fixture(scope="session")
def small_space() -> SearchSpace:
    """The cells of at most 5 vertices."""
    return enumerate_cells(max_vertices=5, cache=False)


@pytest.fixture(scope="session")
def cells(small_space: SearchSpace) -> EncodedCells:
    """300 of them, encoded."""
    rows = np.random.default_rng(0).choice(len(small_space), 300, replace=False)
    return encode_cells([small_space[int(row)] for row in rows])


@pytest.fixture(scope="session")
def accuracies(cells: EncodedCells) -> npt.NDArray[np.float64]:
    """Two columns: more convolutions are better, and noise."""
    counts = cells.operations[:, :, 2:].sum(axis=1).astype(np.float64)
    noise = np.random.default_rng(1).normal(0, 0.002, (len(cells), 2))
    learnt: npt.NDArray[np.float64] = 0.8 + counts @ np.array([[0.03, 0.02], [0.01, 0.02], [-0.02, 0.0]]) + noise
    return learnt
