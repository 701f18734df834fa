"""What one would write in ten minutes: boosted trees on the usual encodings, and ranks as targets."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingRegressor

from nasbench_pytorch.predictors import Prediction
from nasbench_pytorch.space import (
    SearchSpace,
    adjacency_one_hot,
    count_flops,
    count_parameters,
    operation_counts,
    path_encoding,
)


def plain_encoding(space: SearchSpace, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Path encoding, adjacency, operations and their counts, and the logarithms of FLOPs and parameters."""
    distinct, position = np.unique(rows, return_inverse=True)
    cells = space.subset(distinct)
    costs = np.log([[count_flops(cell), count_parameters(cell)] for cell in cells])
    encoded = [path_encoding(cells), adjacency_one_hot(cells), operation_counts(cells), costs]
    return np.concatenate(encoded, axis=1)[position]


class PlainTrees:
    """scikit-learn's booster with 300 trees of 15 leaves on `plain_encoding`; scores, not accuracies, are predicted."""

    def __init__(self, seed: int) -> None:
        self.booster = HistGradientBoostingRegressor(
            max_iter=300, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=5, random_state=seed
        )

    def fit(self, cells: Any, accuracies: npt.ArrayLike) -> None:
        """Learn the normal scores of the ranks."""
        ranks = rankdata(accuracies)
        self.booster.fit(cells, ndtri((ranks - 0.5) / len(ranks)))

    def predict(self, cells: Any) -> Prediction:
        """Predict scores."""
        scores = self.booster.predict(cells)
        return Prediction(scores, np.zeros_like(scores))
