"""Spaces, built once per process."""

from __future__ import annotations

import numpy as np
import pytest

from nasbench_pytorch.search import Candidates
from nasbench_pytorch.space import SearchSpace, enumerate_cells
from nasbench_pytorch.space.enumerate import nasbench101_space


@pytest.fixture(scope="session")
def small_space() -> SearchSpace:
    """Return the 2,532 cells of at most 5 vertices."""
    return enumerate_cells(max_vertices=5)


@pytest.fixture(scope="session")
def small_candidates(small_space: SearchSpace) -> Candidates:
    return Candidates(small_space)


@pytest.fixture(scope="session")
def all_candidates() -> Candidates:
    """Return the 423,624 cells of NAS-Bench-101."""
    return Candidates(nasbench101_space())


@pytest.fixture(scope="session")
def some_candidates(small_space: SearchSpace) -> Candidates:
    """Return 70 % of the cells."""
    return Candidates(small_space, np.random.default_rng(1).random(len(small_space)) < 0.7)
