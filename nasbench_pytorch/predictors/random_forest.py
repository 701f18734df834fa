"""A random forest on the features of a cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from typing_extensions import override

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.predictors.base import BasePredictor
from nasbench_pytorch.predictors.encoding.rank_targets import RankTargets
from nasbench_pytorch.predictors.fitting.seeds import seed_of_bits

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells
    from nasbench_pytorch.predictors.protocol import Floats


@dataclass
class RandomForest(BasePredictor):
    """scikit-learn's random forest, all columns learnt together, fitted to normal scores of the ranks.

    Attributes:
        trees: their number; each learns from a bootstrap sample, and the standard deviation between them is the spread.
        features_tried: fraction of the features that a split may choose from.
        least_cells_of_leaf: fewest cells of a leaf.
        seed: decides everything random.
    """

    cells_at_a_time: ClassVar[int] = 1 << 13
    trees: int = 200
    features_tried: float = 0.3
    least_cells_of_leaf: int = 2
    seed: int = 0
    _scale: RankTargets = field(default=RankTargets((), ()), init=False, repr=False, compare=False)
    _forest: Any = field(default=None, init=False, repr=False, compare=False)

    @override
    def _learn(self, encoded: EncodedCells, targets: Floats) -> None:
        try:
            from sklearn.ensemble import RandomForestRegressor
        except ImportError as error:
            raise MissingExtraError("scikit-learn", "predictors") from error
        self._scale = RankTargets.fit(targets)
        scores = self._scale.to_scores(targets)
        forest = RandomForestRegressor(
            n_estimators=self.trees,
            max_features=self.features_tried,
            min_samples_leaf=self.least_cells_of_leaf,
            random_state=seed_of_bits(self.seed, 32),
        )
        self._forest = forest.fit(encoded.features, scores[:, 0] if scores.shape[1] == 1 else scores)

    @override
    def _predict_block(self, encoded: EncodedCells) -> tuple[Floats, Floats]:
        scores = np.stack([tree.predict(encoded.features) for tree in self._forest.estimators_])
        scores = scores.reshape(len(scores), len(encoded), -1)  # (trees, N, T)
        values = np.stack([self._scale.to_values(of_tree) for of_tree in scores])
        return self._scale.to_values(scores.mean(axis=0)), values.std(axis=0)
