"""AveragedMembers: base of the predictors that average several models of the normal scores."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from nasbench_pytorch.predictors.base import BasePredictor
from nasbench_pytorch.predictors.encoding.rank_targets import RankTargets

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells
    from nasbench_pytorch.predictors.protocol import Floats


@dataclass
class AveragedMembers(BasePredictor):
    """A predictor whose mean is that of its members, and whose spread is the standard deviation between them."""

    _scale: RankTargets = field(default=RankTargets((), ()), init=False, repr=False, compare=False)

    @override
    def _learn(self, encoded: EncodedCells, targets: Floats) -> None:
        self._scale = RankTargets.fit(targets)
        self._learn_scores(encoded, self._scale.to_scores(targets))

    @override
    def _predict_block(self, encoded: EncodedCells) -> tuple[Floats, Floats]:
        predicted = np.stack([self._scale.to_values(scores) for scores in self._scores(encoded)])
        return predicted.mean(axis=0), predicted.std(axis=0)

    @abstractmethod
    def _learn_scores(self, encoded: EncodedCells, scores: Floats) -> None:
        """Fit the members to N cells and their normal scores, shape (N, T)."""

    @abstractmethod
    def _scores(self, encoded: EncodedCells) -> list[Floats]:
        """Return the normal scores by each member, each of shape (N, T)."""
