"""Several predictors, each fitted on all but a part of the cells, and weighted by their accuracy on that part."""

from __future__ import annotations

import copy
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells, encode_cells
from nasbench_pytorch.predictors.encoding.rank_targets import RankTargets
from nasbench_pytorch.predictors.encoding.row_order import in_fixed_order
from nasbench_pytorch.predictors.fitting.combination import Combination
from nasbench_pytorch.predictors.protocol import (
    CellsToPredict,
    Floats,
    Prediction,
    Predictor,
    as_given,
    check_targets,
    not_fitted,
)


@dataclass
class CrossFittedEnsemble:
    """Predictors fitted once for each fold on the other folds; predictions are the weighted mean of them all.

    Every cell that was learnt from also gets a prediction by models that have not seen it (`out_of_fold`). From those
    come the weights of the predictors (non-negative least squares on normal scores, a column at a time) and the curve
    from scores back to accuracies, so both are valid for new cells. The curve gives the mean of the noisy values at a
    score.

    Attributes:
        predictors: unfitted; each fold fits a copy of every one.
        folds: parts.
        jobs: processes that fit at a time; the result does not depend on it.
        seed: decides the folds.
        out_of_fold: after `fit`, the predictions of the cells that were learnt from.
        combination: after `fit`, the weights of the predictors and the curves.
    """

    predictors: Sequence[Predictor]
    folds: int = 5
    jobs: int = 1
    seed: int = 0
    out_of_fold: Prediction | None = field(default=None, init=False, repr=False, compare=False)
    combination: Combination | None = field(default=None, init=False, repr=False, compare=False)
    _fitted: list[list[Predictor]] = field(default_factory=list, init=False, repr=False, compare=False)
    _flat: bool = field(default=False, init=False, repr=False, compare=False)

    def fit(self, cells: CellsToPredict, accuracies: npt.ArrayLike) -> None:
        """See `Predictor.fit`; twice as many cells as folds are needed."""
        encoded = encode_cells(cells)
        targets = check_targets(encoded, accuracies)
        encoded, targets, order = in_fixed_order(encoded, targets)
        if not 2 <= self.folds <= len(encoded) // 2:
            raise InputError(f"folds must be 2 to {len(encoded) // 2} for {len(encoded)} cells, got {self.folds}")
        self._flat = np.ndim(accuracies) == 1
        scores = RankTargets.fit(targets).to_scores(targets)
        fold = np.random.default_rng(self.seed).permutation(np.arange(len(encoded)) % self.folds)
        parts = range(self.folds)
        tasks = [(predictor, encoded, scores, fold != part) for part in parts for predictor in self.predictors]
        if self.jobs > 1:
            with ProcessPoolExecutor(self.jobs, multiprocessing.get_context("spawn")) as pool:
                results = list(pool.map(_fit_on, tasks))
        else:
            results = [_fit_on(task) for task in tasks]
        count = len(self.predictors)
        models = [model for model, _ in results]
        self._fitted = [models[part * count : (part + 1) * count] for part in parts]
        unseen = np.zeros((count, *scores.shape))
        for position, (_, predicted) in enumerate(results):
            part, predictor = divmod(position, count)
            unseen[predictor, fold == part] = predicted
        self.combination = Combination.fit(list(unseen), scores, targets)
        mean = np.empty_like(targets)
        mean[order] = self.combination.values(self.combination.scores(list(unseen)))
        self.out_of_fold = as_given(mean, np.zeros_like(mean), self._flat)

    def predict(self, cells: CellsToPredict) -> Prediction:
        """See `Predictor.predict`; the spread is that between the folds."""
        if self.combination is None:
            raise not_fitted(self)
        encoded = encode_cells(cells)
        combine = self.combination
        by_fold = np.stack([combine.scores([m.predict(encoded).mean for m in models]) for models in self._fitted])
        mean = combine.values(by_fold.mean(axis=0))
        spread = np.stack([combine.values(scores) for scores in by_fold]).std(axis=0)
        return as_given(mean, spread, self._flat)


def _fit_on(task: tuple[Predictor, EncodedCells, Floats, npt.NDArray[np.bool_]]) -> tuple[Predictor, Floats]:
    """A copy of a predictor fitted to the chosen cells, and its predictions of the others."""
    predictor, encoded, scores, chosen = task
    model = copy.deepcopy(predictor)
    model.fit(encoded.take(np.flatnonzero(chosen)), scores[chosen])
    return model, model.predict(encoded.take(np.flatnonzero(~chosen))).mean
