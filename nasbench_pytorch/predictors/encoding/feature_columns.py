"""Features as standardised columns in groups, as a kernel reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.predictors.encoding.feature_kinds import feature_kinds
from nasbench_pytorch.predictors.encoding.features import feature_names
from nasbench_pytorch.predictors.encoding.ranked_columns import RankedColumns

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells

Floats = npt.NDArray[np.float64]

_FARTHEST = 4.0
"""Standard deviations; values beyond are clipped, since a kernel cannot extrapolate."""


@dataclass(frozen=True)
class FeatureColumns:
    """Mean and deviation of each feature over the learnt cells, and the groups of the columns.

    Attributes:
        centre: shape (features,).
        deviation: shape (features,).
        columns_of: one array a kind of feature: its columns, without those that are constant.
        ranked: the scale of the columns that were added.
    """

    centre: Floats
    deviation: Floats
    columns_of: tuple[npt.NDArray[np.int64], ...]
    ranked: RankedColumns

    @classmethod
    def fit(cls, encoded: EncodedCells) -> FeatureColumns:
        """Take the statistics of N cells."""
        ranked = RankedColumns.fit(encoded)
        values = _values(encoded, ranked)
        deviation = values.std(axis=0)
        names = feature_names(encoded.adjacency.shape[1], encoded.bounds.operations)
        kinds = np.array(feature_kinds(names, len(encoded.extra)))
        varying = deviation > 1e-6
        columns_of = [np.flatnonzero((kinds == kind) & varying) for kind in dict.fromkeys(kinds.tolist())]
        filled = tuple(columns for columns in columns_of if len(columns))
        return cls(values.mean(axis=0), deviation, filled, ranked)

    def groups(self, encoded: EncodedCells) -> list[Floats]:
        """Return the columns of each group, shape (N, columns); squared distances are means over a group's columns."""
        values = _values(encoded, self.ranked)
        if not self.columns_of:
            return [np.zeros((len(values), 1))]
        standardised = [
            ((values[:, columns] - self.centre[columns]) / self.deviation[columns]).clip(-_FARTHEST, _FARTHEST)
            for columns in self.columns_of
        ]
        return [columns / np.sqrt(columns.shape[1]) for columns in standardised]


def _values(encoded: EncodedCells, ranked: RankedColumns) -> Floats:
    """Signed square roots of the features: most are counts, whose differences matter less as they grow."""
    features, added = ranked.split(encoded)
    return np.concatenate([np.sign(features) * np.sqrt(np.abs(features)), added], axis=1)
