"""How noisy each cell's trainings are, beside others of its accuracy: what the greatest of three gains from.

The sample's 108-epoch accuracy is the greatest of three. A cell whose repeats scatter widely gains more from that than
one whose repeats agree, so the order of expected greatest values is not that of the means. What a prediction misses
shows the scatter: at one accuracy, cells that do poorly at 36 epochs miss by twice as much as those that do well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.predicted import facts
from nasbench_pytorch.table.modelled.noise_facts import repeat_sd_108

if TYPE_CHECKING:
    from benchmarks.predicted.sample import Floats
    from nasbench_pytorch.predictors import EncodedCells

GREATEST_OF_THREE = 0.846
"""Mean of the greatest of three standard normal numbers."""
LARGEST_ERROR = 0.02
_CELLS_AT_A_TIME = 1 << 15


@dataclass(frozen=True)
class RelativeNoise:
    """Standard deviation between repeats of a cell, divided by the usual one at its accuracy; 1 on average.

    Attributes:
        model: from features and scores to the size of an error.
        usual: mean of what the model learnt.
    """

    model: Any
    usual: float

    @classmethod
    def fit(cls, cells: EncodedCells, scores: Floats, expected: Floats, errors: Floats) -> RelativeNoise:
        """Learn from cells that the predictions have not learnt from.

        Args:
            cells: N cells.
            scores: predicted normal scores at the four budgets, shape (N, 4).
            expected: predicted greatest of three at 108 epochs, shape (N,).
            errors: absolute difference of `expected` from what was measured, shape (N,).
        """
        from sklearn.ensemble import HistGradientBoostingRegressor

        model = HistGradientBoostingRegressor(
            max_iter=120,
            learning_rate=0.05,
            max_leaf_nodes=6,
            min_samples_leaf=60,
            l2_regularization=10.0,
            max_features=0.3,
            random_state=0,
        )
        relative = np.minimum(errors, LARGEST_ERROR) / repeat_sd_108(mean_test(expected))
        return cls(model.fit(_inputs(cells, scores), relative), float(relative.mean()))

    def predict(self, cells: EncodedCells, scores: Floats) -> Floats:
        """Return the relative noise of N cells, shape (N,)."""
        pieces = [slice(start, start + _CELLS_AT_A_TIME) for start in range(0, len(cells), _CELLS_AT_A_TIME)]
        errors = [self.model.predict(_inputs(cells.take(piece), scores[piece])) for piece in pieces]
        return np.maximum(np.concatenate(errors) / self.usual, 0.1)


def mean_test(expected: Floats) -> Floats:
    """Return the mean test accuracy that belongs to an expected greatest of three validation accuracies."""
    intercept, slope = facts.SELECTION
    return (expected - intercept) / slope


def without_selection(expected: Floats, relative_noise: Floats) -> Floats:
    """Return accuracies in the order of the means, from expected greatest values of three, same shape."""
    return expected - GREATEST_OF_THREE * repeat_sd_108(mean_test(expected)) * relative_noise


def _inputs(cells: EncodedCells, scores: Floats) -> Floats:
    ahead = scores[:, :3] - scores[:, 3:]
    return np.concatenate([cells.features, scores, ahead], axis=1, dtype=np.float64)
