"""Search spaces, built once per process, and golden numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.space import SearchSpace, enumerate_cells

GOLDEN = Path(__file__).parent.parent / "golden" / "space.json"


@pytest.fixture(scope="session")
def space() -> SearchSpace:
    """Return the 423,624 cells of NAS-Bench-101, not from any cache."""
    return enumerate_cells(cache=False)


@pytest.fixture(scope="session")
def small_space() -> SearchSpace:
    """Return the cells of at most 5 vertices."""
    return enumerate_cells(max_vertices=5, cache=False)


@pytest.fixture(scope="session")
def golden() -> dict[str, Any]:
    """Return the numbers of the original's script."""
    value: dict[str, Any] = json.loads(GOLDEN.read_text())
    return value


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)
