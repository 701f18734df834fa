"""Gradient-boosted trees on the features of a cell."""

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
    check_bounds,
    check_targets,
    not_fitted,
)
from nasbench_pytorch.predictors.rank_targets import RankTargets

_CELLS_AT_A_TIME = 1 << 15


@dataclass
class BoostedTrees:
    """scikit-learn's histogram gradient boosting, one model a column, fitted to normal scores of the ranks.

    The quick predictor: some tens of seconds for 25,000 cells and one column on one core, and little behind a graph
    network.

    Attributes:
        members: models that are averaged, each with another seed and another 80 % of the cells where there are
            several; their disagreement is the spread.
        iterations: trees of each model.
        learning_rate: weight of each tree.
        leaves: most leaves of a tree.
        features_tried: fraction of the features that a split may choose from.
        seed: decides everything random.
    """

    members: int = 1
    iterations: int = 500
    learning_rate: float = 0.05
    leaves: int = 31
    features_tried: float = 0.3
    seed: int = 0
    _scale: RankTargets | None = field(default=None, init=False, repr=False)
    _models: list[list[Any]] = field(default_factory=list, init=False, repr=False)
    _features: int = field(default=0, init=False, repr=False)
    _flat: bool = field(default=False, init=False, repr=False)

    def fit(self, cells: CellsToPredict, accuracies: npt.ArrayLike) -> None:
        """See `Predictor.fit`."""
        encoded = encode_cells(cells)
        targets = check_targets(encoded, accuracies)
        self._flat = np.ndim(accuracies) == 1
        self._features = encoded.features.shape[1]
        self._scale = RankTargets.fit(targets)
        scores = self._scale.to_scores(targets)
        self._models = [self._fit_member(member, encoded, scores) for member in range(self.members)]

    def predict(self, cells: CellsToPredict) -> Prediction:
        """See `Predictor.predict`."""
        if self._scale is None:
            raise not_fitted(self)
        encoded = encode_cells(cells)
        check_bounds(encoded, self._features)
        predicted = np.stack([self._scale.to_values(scores) for scores in self._scores(encoded)])
        mean, spread = predicted.mean(axis=0), predicted.std(axis=0)
        return Prediction(mean[:, 0], spread[:, 0]) if self._flat else Prediction(mean, spread)

    def _scores(self, encoded: EncodedCells) -> list[Floats]:
        """Normal scores by each member, each of shape (N, T)."""
        predicted: list[list[Floats]] = [[np.zeros((0, len(models)))] for models in self._models]
        for start in range(0, len(encoded), _CELLS_AT_A_TIME):
            # As doubles, which scikit-learn would make anew for each model.
            features = encoded.features[start : start + _CELLS_AT_A_TIME].astype(np.float64)
            for models, parts in zip(self._models, predicted, strict=True):
                parts.append(np.stack([model.predict(features) for model in models], axis=1))
        return [np.concatenate(parts) for parts in predicted]

    def _fit_member(self, member: int, encoded: EncodedCells, scores: Floats) -> list[Any]:
        try:
            from sklearn.ensemble import HistGradientBoostingRegressor
        except ImportError as error:
            raise MissingExtraError("scikit-learn", "search") from error
        rows = np.arange(len(encoded))
        if self.members > 1:
            rows = np.random.default_rng([self.seed, member]).permutation(rows)[: len(rows) * 4 // 5]
        models = []
        for column in scores.T:
            model = HistGradientBoostingRegressor(
                max_iter=self.iterations,
                learning_rate=self.learning_rate,
                max_leaf_nodes=self.leaves,
                min_samples_leaf=min(15, max(1, len(rows) // 20)),
                l2_regularization=1.0,
                max_features=self.features_tried,
                early_stopping=False,
                random_state=self.seed * 1000 + member,
            )
            models.append(model.fit(encoded.features[rows], column[rows]))
        return models
