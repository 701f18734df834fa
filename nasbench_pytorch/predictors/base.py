"""BasePredictor: the checks that every predictor makes, and predictions in blocks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells, encode_cells
from nasbench_pytorch.predictors.encoding.row_order import in_fixed_order
from nasbench_pytorch.predictors.protocol import (
    CellsToPredict,
    Floats,
    Prediction,
    as_given,
    check_bounds,
    check_targets,
    not_fitted,
)


@dataclass
class BasePredictor(ABC):
    """A predictor whose subclass only learns from checked cells and predicts a block of them."""

    cells_at_a_time: ClassVar[int] = 1 << 15
    """Cells of a block; a prediction needs memory for one block."""
    _features: int = field(default=0, init=False, repr=False, compare=False)
    _targets: int = field(default=0, init=False, repr=False, compare=False)
    _flat: bool = field(default=False, init=False, repr=False, compare=False)

    def fit(self, cells: CellsToPredict, accuracies: npt.ArrayLike) -> None:
        """See `Predictor.fit`."""
        encoded = encode_cells(cells)
        targets = check_targets(encoded, accuracies)
        encoded, targets, _ = in_fixed_order(encoded, targets)
        self._learn(encoded, targets)
        self._features, self._targets = encoded.features.shape[1], targets.shape[1]
        self._flat = np.ndim(accuracies) == 1

    def predict(self, cells: CellsToPredict) -> Prediction:
        """See `Predictor.predict`."""
        if not self._features:
            raise not_fitted(self)
        encoded = encode_cells(cells)
        check_bounds(encoded, self._features)
        starts = range(0, len(encoded), self.cells_at_a_time)
        blocks = (encoded.take(slice(start, start + self.cells_at_a_time)) for start in starts)
        no_cells = (np.zeros((0, self._targets)),) * 2
        parts = [no_cells, *map(self._predict_block, blocks)]
        mean, spread = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return as_given(mean, spread, self._flat)

    @abstractmethod
    def _learn(self, encoded: EncodedCells, targets: Floats) -> None:
        """Learn from N cells in a fixed order, with their accuracies of shape (N, T)."""

    @abstractmethod
    def _predict_block(self, encoded: EncodedCells) -> tuple[Floats, Floats]:
        """Return mean and spread of N cells, at least one, each of shape (N, T)."""
