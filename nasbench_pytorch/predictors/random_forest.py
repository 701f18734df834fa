"""A random forest on the features of a cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.predictors.encoded_cells import EncodedCells, encode_cells
from nasbench_pytorch.predictors.protocol import (
    CellsToPredict,
    Floats,
    Prediction,
    as_given,
    check_bounds,
    check_targets,
    not_fitted,
)
from nasbench_pytorch.predictors.rank_targets import RankTargets
from nasbench_pytorch.predictors.row_order import in_fixed_order

_CELLS_AT_A_TIME = 1 << 13


@dataclass
class RandomForest:
    """scikit-learn's random forest, all columns learnt together, fitted to normal scores of the ranks.

    Attributes:
        trees: their number; each learns from a bootstrap sample, and their disagreement is the spread.
        features_tried: fraction of the features that a split may choose from.
        least_cells_of_leaf: fewest cells of a leaf.
        seed: decides everything random.
    """

    trees: int = 200
    features_tried: float = 0.3
    least_cells_of_leaf: int = 2
    seed: int = 0
    _scale: RankTargets | None = field(default=None, init=False, repr=False, compare=False)
    _forest: Any = field(default=None, init=False, repr=False, compare=False)
    _features: int = field(default=0, init=False, repr=False, compare=False)
    _flat: bool = field(default=False, init=False, repr=False, compare=False)

    def fit(self, cells: CellsToPredict, accuracies: npt.ArrayLike) -> None:
        """See `Predictor.fit`."""
        try:
            from sklearn.ensemble import RandomForestRegressor
        except ImportError as error:
            raise MissingExtraError("scikit-learn", "predictors") from error
        encoded = encode_cells(cells)
        targets = check_targets(encoded, accuracies)
        self._flat = np.ndim(accuracies) == 1
        encoded, targets, _ = in_fixed_order(encoded, targets)
        self._features = encoded.features.shape[1]
        self._scale = RankTargets.fit(targets)
        scores = self._scale.to_scores(targets)
        forest = RandomForestRegressor(
            n_estimators=self.trees,
            max_features=self.features_tried,
            min_samples_leaf=self.least_cells_of_leaf,
            random_state=self.seed,
        )
        self._forest = forest.fit(encoded.features, scores[:, 0] if scores.shape[1] == 1 else scores)

    def predict(self, cells: CellsToPredict) -> Prediction:
        """See `Predictor.predict`; the spread is the standard deviation between the trees."""
        if self._scale is None:
            raise not_fitted(self)
        encoded = encode_cells(cells)
        check_bounds(encoded, self._features)
        starts = range(0, len(encoded), _CELLS_AT_A_TIME)
        blocks = [encoded.take(slice(start, start + _CELLS_AT_A_TIME)) for start in starts]
        none = (np.zeros((0, len(self._scale.values))),) * 2
        parts = [none, *(self._predict_some(block, self._scale) for block in blocks)]
        mean, spread = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return as_given(mean, spread, self._flat)

    def _predict_some(self, encoded: EncodedCells, scale: RankTargets) -> tuple[Floats, Floats]:
        scores = np.stack([tree.predict(encoded.features) for tree in self._forest.estimators_])
        scores = scores.reshape(len(scores), len(encoded), -1)  # (trees, N, T)
        values = np.stack([scale.to_values(of_tree) for of_tree in scores])
        return scale.to_values(scores.mean(axis=0)), values.std(axis=0)
