"""A Gaussian process on the features of a cell."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors.encoded_cells import EncodedCells, encode_cells
from nasbench_pytorch.predictors.feature_columns import FeatureColumns
from nasbench_pytorch.predictors.matern import MaternSettings, Posterior
from nasbench_pytorch.predictors.monotone import MonotoneCurve
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

_CELLS_AT_A_TIME = 1 << 12


@dataclass
class GaussianProcess:
    """A Matérn 3/2 kernel on the square roots of the features, one length scale for each kind of feature.

    The most accurate predictor here of NAS-Bench-101 at every size that it takes, and a quick one: under a second for
    400 cells, some seconds for 4,000. It learns normal scores of the ranks. A monotone curve through its predictions of
    left-out cells, which a Gaussian process gives in closed form, leads back to accuracies: the mean that is predicted
    is that of the cells of such a score, failed trainings included.

    The features see what a Weisfeiler–Lehman kernel sees at depth one (chains of three vertices), as in NAS-BOWL
    (Ru et al. 2021, arXiv 2006.07556), and the paths beside it.

    Attributes:
        settings_from: cells, drawn at random where there are more, that choose the settings of the kernel.
        iterations: of that choice.
        spread_from: cells that the spread is computed from; with more, the spread is an upper bound.
        most_cells: more are refused: memory grows with the square of their number (5,000: about 600 MB).
        seed: draws the cells that choose the settings.
    """

    settings_from: int = 500
    iterations: int = 40
    spread_from: int = 1000
    most_cells: int = 10_000
    seed: int = 0
    _columns: FeatureColumns | None = field(default=None, init=False, repr=False, compare=False)
    _posteriors: list[Posterior] = field(default_factory=list, init=False, repr=False, compare=False)
    _curves: list[MonotoneCurve] = field(default_factory=list, init=False, repr=False, compare=False)
    _flat: bool = field(default=False, init=False, repr=False, compare=False)

    def fit(self, cells: CellsToPredict, accuracies: npt.ArrayLike) -> None:
        """See `Predictor.fit`.

        Raises:
            InputError: as there, or there are more than `most_cells`.
        """
        encoded = encode_cells(cells)
        targets = check_targets(encoded, accuracies)
        if len(encoded) > self.most_cells:
            raise InputError(
                f"a Gaussian process takes memory that grows with the square of the cells: {len(encoded):,} are more "
                f"than most_cells={self.most_cells:,}; learn from fewer, or take BoostedTrees or GraphNetwork"
            )
        self._flat = np.ndim(accuracies) == 1
        encoded, targets, _ = in_fixed_order(encoded, targets)
        # In random order, so that the first cells are a sample for the settings and for the spread.
        order = np.random.default_rng(self.seed).permutation(len(encoded))
        encoded, targets = encoded.take(order), targets[order]
        self._columns = FeatureColumns.fit(encoded)
        groups = self._columns.groups(encoded)
        scores = RankTargets.fit(targets).to_scores(targets)
        self._posteriors, self._curves = [], []
        some = slice(0, self.settings_from)
        for column, values in zip(scores.T, targets.T, strict=True):
            settings = MaternSettings.most_likely([g[some] for g in groups], column[some], self.iterations)
            posterior = Posterior.fit(settings, groups, column)
            self._posteriors.append(posterior)
            self._curves.append(MonotoneCurve.through_means(posterior.left_out, values))

    def predict(self, cells: CellsToPredict) -> Prediction:
        """See `Predictor.predict`; the spread is the standard deviation of the function, without the noise."""
        if self._columns is None:
            raise not_fitted(self)
        encoded = encode_cells(cells)
        check_bounds(encoded, self._columns.features)
        starts = range(0, len(encoded), _CELLS_AT_A_TIME)
        blocks = [encoded.take(slice(start, start + _CELLS_AT_A_TIME)) for start in starts]
        none = (np.zeros((0, len(self._curves))),) * 2
        parts = [none, *(self._predict_some(block, self._columns) for block in blocks)]
        mean, spread = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return as_given(mean, spread, self._flat)

    def _predict_some(self, encoded: EncodedCells, columns: FeatureColumns) -> tuple[Floats, Floats]:
        groups = columns.groups(encoded)
        means, spreads = [], []
        for posterior, curve in zip(self._posteriors, self._curves, strict=True):
            scaled = posterior.settings.scaled(groups)
            score, deviation = posterior.mean(scaled), posterior.deviation(scaled, self.spread_from)
            means.append(curve(score))
            spreads.append((curve(score + deviation) - curve(score - deviation)) / 2)
        return np.stack(means, axis=1), np.stack(spreads, axis=1)
