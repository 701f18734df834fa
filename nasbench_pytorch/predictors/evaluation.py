"""How well a predictor ranks cells that it has not learnt from."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells, encode_rows

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.protocol import Floats, Predictor
    from nasbench_pytorch.predictors.splits import Split
    from nasbench_pytorch.space.search_space import SearchSpace


@dataclass(frozen=True)
class Evaluation:
    """Accuracy and time of a predictor on a split.

    Attributes:
        train_cells: cells that it learnt from.
        test_cells: cells that it was judged on.
        kendall: Kendall's τ-b between predictions and values.
        spearman: Spearman's rank correlation.
        top_precision: fraction of the 1 % of test cells with the best predictions that are among the best 1 %.
        mean_absolute_error: of the predictions.
        fit_s: seconds of `fit`, without encoding the cells.
        predict_s: seconds of `predict` for the test cells, without encoding them.
    """

    train_cells: int
    test_cells: int
    kendall: float
    spearman: float
    top_precision: float
    mean_absolute_error: float
    fit_s: float
    predict_s: float


def evaluate_predictor(
    predictor: Predictor,
    space: SearchSpace,
    values: npt.ArrayLike,
    split: Split,
    columns: Mapping[str, npt.ArrayLike] | None = None,
) -> Evaluation:
    """Fit a predictor to the training cells of a split, and judge it on the others.

    Args:
        predictor: unfitted.
        space: N cells.
        values: accuracy of each, shape (N,); only those of the split are read.
        split: rows of the space.
        columns: name → one number for each cell of the space, shape (N,): features to add, such as proxies.

    Raises:
        InputError: fewer than two test cells, `values` has another shape, or as for `fit`.
    """
    accuracies = np.asarray(values, dtype=np.float64)
    if accuracies.shape != (len(space),):
        raise InputError(f"values have shape {accuracies.shape}; give one a cell of the space, shape ({len(space)},)")
    if len(split.test) < 2:
        raise InputError(f"ranks need at least 2 test cells, got {len(split.test)}")
    train, test = (_encoded(space, rows, columns or {}) for rows in (split.train, split.test))
    started = time.perf_counter()
    predictor.fit(train, accuracies[split.train])
    fitted = time.perf_counter()
    predicted = predictor.predict(test).mean
    return _judge(predicted, accuracies[split.test], len(train), fitted - started, time.perf_counter() - fitted)


def _encoded(space: SearchSpace, rows: npt.NDArray[np.int64], columns: Mapping[str, npt.ArrayLike]) -> EncodedCells:
    return encode_rows(space, rows).with_columns({name: np.asarray(values)[rows] for name, values in columns.items()})


def _judge(predicted: Floats, wanted: Floats, train_cells: int, fit_s: float, predict_s: float) -> Evaluation:
    from scipy.stats import kendalltau, spearmanr

    if not np.isfinite(wanted).all():
        raise InputError("values of the test cells are NaN or infinite; leave those cells out of the split")
    top = max(1, len(wanted) // 100)
    best, chosen = (np.argsort(-scores, kind="stable")[:top] for scores in (wanted, predicted))
    return Evaluation(
        train_cells,
        len(wanted),
        float(kendalltau(predicted, wanted).statistic),
        float(spearmanr(predicted, wanted).statistic),
        len(np.intersect1d(best, chosen)) / top,
        float(np.abs(predicted - wanted).mean()),
        fit_s,
        predict_s,
    )
