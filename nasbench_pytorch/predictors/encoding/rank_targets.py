"""Accuracies as normal scores of their ranks, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RankTargets:
    """A monotone map per column between accuracies and standard normal scores.

    Accuracies crowd within .05 below the best and trail off to .1; on the scale of ranks the differences that decide a
    search weigh as much as the others, and a failed training pulls no more than any other low value.

    Attributes:
        values: the distinct values of each column, ascending.
        scores: the normal score of each.
    """

    values: tuple[Floats, ...]
    scores: tuple[Floats, ...]

    @classmethod
    def fit(cls, targets: Floats) -> RankTargets:
        """The map of T columns, shape (N, T); equal values share the middle of their ranks."""
        from scipy.special import ndtri

        values, scores = [], []
        for column in targets.T:
            distinct, counts = np.unique(column, return_counts=True)
            middle = np.cumsum(counts) - counts / 2
            values.append(distinct)
            scores.append(ndtri(middle / len(column)))
        return cls(tuple(values), tuple(scores))

    def to_scores(self, targets: Floats) -> Floats:
        """Normal scores of accuracies, shape (N, T)."""
        return _interpolate(targets, self.values, self.scores)

    def to_values(self, scores: Floats) -> Floats:
        """Accuracies of normal scores, shape (N, T); never beyond those that were fitted."""
        return _interpolate(scores, self.scores, self.values)


def _interpolate(columns: Floats, from_points: tuple[Floats, ...], to_points: tuple[Floats, ...]) -> Floats:
    pairs = zip(columns.T, from_points, to_points, strict=True)
    return np.stack([np.interp(column, given, wanted) for column, given, wanted in pairs], axis=1)
