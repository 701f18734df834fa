"""Columns that a user adds, on one scale: normal scores of the ranks among the learnt cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.predictors.encoding.rank_targets import RankTargets

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells


@dataclass(frozen=True)
class RankedColumns:
    """Zero-cost proxies run over thirty powers of ten; what they say of a cell is its rank.

    Attributes:
        scale: from values to scores, one column an added column; None where nothing was added.
    """

    scale: RankTargets | None

    @classmethod
    def fit(cls, encoded: EncodedCells) -> RankedColumns:
        """Take the ranks of N cells."""
        added = len(encoded.extra)
        return cls(RankTargets.fit(encoded.features[:, -added:].astype(np.float64)) if added else None)

    def split(self, encoded: EncodedCells) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the features of the graph, shape (N, F), and the scores of the added columns, shape (N, added)."""
        features, added = encoded.features.astype(np.float64), len(encoded.extra)
        if self.scale is None:
            return features, features[:, :0]
        return features[:, :-added], self.scale.to_scores(features[:, -added:])
