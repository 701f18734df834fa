"""How the scores of several predictors become one accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nasbench_pytorch.predictors.fitting.monotone import MonotoneCurve
from nasbench_pytorch.predictors.protocol import Floats

CURVE_POINTS = 50
"""More of them would follow the noise of single trainings, and flat steps would take the place of a slope."""


@dataclass(frozen=True)
class Combination:
    """Weights of P predictors for each of T targets, and a curve from the weighted score to the target's value.

    Attributes:
        weights: shape (P, T), none negative.
        curves: one a target; a curve gives the mean of noisy values at a score.
    """

    weights: Floats
    curves: tuple[MonotoneCurve, ...]

    @classmethod
    def fit(cls, unseen: Sequence[Floats], scores: Floats, values: Floats) -> Combination:
        """Return the combination that suits cells which no predictor has learnt from.

        Args:
            unseen: the scores that each predictor gives N cells that it has not seen, each of shape (N, T).
            scores: normal scores of what was measured, shape (N, T).
            values: what was measured, shape (N, T).
        """
        from scipy.optimize import nnls

        stacked, targets = np.stack(unseen), range(scores.shape[1])
        weights = np.stack([nnls(stacked[:, :, target].T, scores[:, target])[0] for target in targets], axis=1)
        combined = _weighted(weights, unseen)
        curves = (MonotoneCurve.through_means(combined[:, t], values[:, t], CURVE_POINTS) for t in targets)
        return cls(weights, tuple(curves))

    def scores(self, predictions: Sequence[Floats]) -> Floats:
        """Return the weighted sum of scores by each predictor, each of shape (N, T) → (N, T)."""
        return _weighted(self.weights, predictions)

    def values(self, scores: Floats) -> Floats:
        """Return the values of weighted scores, same shape."""
        return np.stack([curve(column) for curve, column in zip(self.curves, scores.T, strict=True)], axis=1)


def _weighted(weights: Floats, predictions: Sequence[Floats]) -> Floats:
    weighted: Floats = np.einsum("pnt,pt->nt", np.stack(predictions), weights)
    return weighted
