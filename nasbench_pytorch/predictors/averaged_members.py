"""What predictors have in common that average some members, each of which predicts normal scores of the ranks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

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


@dataclass
class AveragedMembers(ABC):
    """A predictor whose mean is that of its members, and whose spread is their disagreement."""

    _scale: RankTargets | None = field(default=None, init=False, repr=False, compare=False)
    _features: int = field(default=0, init=False, repr=False, compare=False)
    _flat: bool = field(default=False, init=False, repr=False, compare=False)

    def predict(self, cells: CellsToPredict) -> Prediction:
        """See `Predictor.predict`."""
        if self._scale is None:
            raise not_fitted(self)
        encoded = encode_cells(cells)
        check_bounds(encoded, self._features)
        predicted = np.stack([self._scale.to_values(scores) for scores in self._scores(encoded)])
        return as_given(predicted.mean(axis=0), predicted.std(axis=0), self._flat)

    @abstractmethod
    def _scores(self, encoded: EncodedCells) -> list[Floats]:
        """Normal scores by each member, each of shape (N, T)."""

    def _to_learn(self, cells: CellsToPredict, accuracies: npt.ArrayLike) -> tuple[EncodedCells, Floats]:
        """Check the cells and their accuracies, and return the cells in a fixed order with their normal scores."""
        encoded = encode_cells(cells)
        targets = check_targets(encoded, accuracies)
        encoded, targets, _ = in_fixed_order(encoded, targets)
        self._flat = np.ndim(accuracies) == 1
        self._features = encoded.features.shape[1]
        self._scale = RankTargets.fit(targets)
        return encoded, self._scale.to_scores(targets)
