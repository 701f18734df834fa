"""Made-up results of all cells of a space, for searches."""

from __future__ import annotations

import numpy as np

from nasbench_pytorch.search import Objective


def made_up_objective(cells: int, budgets: tuple[int, ...] = (108,), repeats: int = 3, seed: int = 0) -> Objective:
    """Return accuracies around .9 that differ between cells and less between repeats, and times of 200 to 1,200 s."""
    rng = np.random.default_rng(seed)
    shape = (cells, len(budgets), repeats)
    values = 0.9 + 0.02 * rng.standard_normal((cells, 1, 1)) + 0.005 * rng.standard_normal(shape)
    costs_s = (
        (200 + 1000 * rng.random((cells, 1, 1))) * np.array(budgets)[:, None] / 108 * (1 + 0.1 * rng.random(shape))
    )
    counts = np.full(shape[:2], repeats, np.int8)
    counts[::5, :] = 1  # some cells have one repeat, for which nothing is drawn
    numbers = np.broadcast_to(np.arange(repeats, dtype=np.int8), shape).copy()
    return Objective(budgets, np.clip(values, 0, 1), costs_s, counts, numbers)
