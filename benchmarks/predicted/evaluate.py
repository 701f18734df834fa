"""Judge the predictions that ship, on cells that no model has seen; writes predicted.json and the pictures.

Single trainings: the sample's 25,000 cells, each predicted by the folds that left it out. Mean test accuracy at 108
epochs: the 398,624 cells outside the sample, by the column that FreeREA published, which nothing is fitted to.

python -m benchmarks.predicted.evaluate SAMPLE_FOLDER fitted.npz
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import kendalltau, rankdata, spearmanr

from benchmarks.predicted import facts
from benchmarks.predicted.calibrate import without_facts
from benchmarks.predicted.ceilings import noise_ceilings
from benchmarks.predicted.pictures import draw
from benchmarks.predicted.sample import BUDGETS, FAILED_BELOW, Sample, read_sample
from nasbench_pytorch.files import write_json
from nasbench_pytorch.space import enumerate_cells
from nasbench_pytorch.table.modelled.cell_means import CORRECT_OF, PREDICTED, CellMeans
from nasbench_pytorch.table.modelled.hashed_draws import HashedDraws
from nasbench_pytorch.table.modelled.noise_facts import EVALUATION_IMAGES
from nasbench_pytorch.table.modelled.repeats import ModelledRows, model_rows

Floats = npt.NDArray[np.float64]
RESULTS = Path(__file__).parent.parent.parent / "docs" / "results"
SHARES = tuple(sorted({0.01, 0.9, *facts.TEST_QUANTILES}))
"""Shares of cells; the quantiles at .01 and .9 calibrate nothing."""


def on_single_trainings(fitted: dict[str, Floats], sample: Sample) -> dict[str, Any]:
    """Agreement with one training of cells kept out (failed ones apart), with its time, and with which fail."""
    predicted, measured, healthy = fitted["accuracy_unseen"], sample.validation, sample.healthy
    return {
        "kendall": {e: _kendall(predicted[healthy, c], measured[healthy, c]) for c, e in enumerate(BUDGETS)},
        "mean_absolute_error": {
            e: float(np.abs(predicted[healthy, c] - measured[healthy, c]).mean()) for c, e in enumerate(BUDGETS)
        },
        "time_median_relative_error": float(np.median(np.abs(fitted["time_s_unseen"] / sample.training_time_s - 1))),
        "failure_auc": _auc(fitted["failure_unseen"], measured[:, 2] < FAILED_BELOW),
    }


def on_mean_test(predicted: Floats, score: Floats, true: Floats, unseen: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Agreement with the true mean test accuracy at 108 epochs.

    Args:
        predicted: the mean of the three modelled trainings, of every cell.
        score: the mean of trainings that do not fail, which is what ranks the cells.
        true: published.
        unseen: cells outside the sample.
    """
    above = unseen & (true > 0.85)
    chance = np.random.default_rng(0).choice(np.flatnonzero(unseen), 100_000, replace=False)
    return {
        "cells": int(unseen.sum()),
        "kendall": _kendall(score[chance], true[chance]),
        "spearman": float(spearmanr(score[unseen], true[unseen]).statistic),
        "kendall_with_failures_drawn": _kendall(predicted[chance], true[chance]),
        "mean_absolute_error_above_85": float(np.abs(score[above] - true[above]).mean()),
        "root_mean_square_error_above_85": float(np.sqrt(np.mean((score[above] - true[above]) ** 2))),
        "quantiles": {q: [float(np.quantile(values, q)) for values in (predicted, true)] for q in SHARES},
        "best": [float(predicted.max()), float(true.max())],
        "at_least_94": [int((predicted >= 0.94 - 1e-9).sum()), int((true >= 0.94).sum())],
        "within_two_points": [int((values >= values.max() - 0.002).sum()) for values in (predicted, true)],
        "tail": tail(score[unseen], true[unseen]),
    }


def tail(score: Floats, true: Floats) -> dict[str, Any]:
    """How good the cells are that are predicted best, and how high the best ones are predicted; all of them unseen."""
    order = np.argsort(-score)
    best = np.flatnonzero(true >= 0.94)
    rank = np.empty(len(score), dtype=np.int64)
    rank[order] = np.arange(len(score))
    return {
        "true_mean_of_top": {n: float(true[order[:n]].mean()) for n in (10, 52, 500, 4236)},
        "true_best_of_top": {n: float(true[order[:n]].max()) for n in (10, 52, 500, 4236)},
        "true_mean_of_true_top": {n: float(np.sort(true)[-n:].mean()) for n in (10, 52, 500, 4236)},
        "cells_at_least_94": len(best),
        "of_them_in_top": {n: int((rank[best] < n).sum()) for n in (52, 500, 4236, 21181)},
        "rank_of_the_best": 1 + int(rank[np.argmax(true)]),
    }


def of_repeats(rows: dict[int, ModelledRows], sample: Sample) -> dict[str, Any]:
    """Modelled trainings of the sample's cells beside the published ones."""
    shares = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
    out: dict[str, Any] = {}
    for column, epochs in enumerate(BUDGETS):
        modelled = rows[epochs].validation[sample.rows] / EVALUATION_IMAGES
        shown = modelled.max(axis=1) if epochs == BUDGETS[-1] else modelled[:, 0]
        pair = (shown, sample.validation[:, column])
        out[str(epochs)] = {
            "quantiles": {q: [float(np.quantile(values, q)) for values in pair] for q in shares},
            "median_repeat_sd": float(np.median(modelled.std(axis=1, ddof=1))),
        }
    return out


def _kendall(one: Floats, other: Floats) -> float:
    return float(kendalltau(one, other).statistic)


def _auc(score: Floats, positive: npt.NDArray[np.bool_]) -> float:
    ranks, hits = rankdata(score), int(positive.sum())
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * (len(score) - hits)))


def main() -> None:
    parser = argparse.ArgumentParser(description="judge the predictions that ship")
    parser.add_argument("sample", type=Path, help="folder with validation_30k.csv and test_mean_108_all_cells.npz")
    parser.add_argument("fitted", type=Path, help="what fit.py wrote")
    parser.add_argument("--shipped", type=Path, default=PREDICTED)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    space = enumerate_cells()
    sample, means = read_sample(options.sample, space), CellMeans.load(options.shipped)
    with np.load(options.fitted) as stored:
        fitted = dict(stored)
    true = np.load(options.sample / "test_mean_108_all_cells.npz")["correct_of_29952"] / CORRECT_OF
    rows = {epochs: model_rows(means, HashedDraws(space.hash_halves[1]), epochs) for epochs in BUDGETS}
    predicted, score = rows[108].test.sum(axis=1, dtype=np.int64) / CORRECT_OF, means.test_correct / CORRECT_OF
    unseen = np.ones(len(space), dtype=bool)
    unseen[sample.rows] = False
    best_of_three = sample.validation[sample.healthy, 3]
    plain = without_facts(fitted["accuracy"][:, 3], best_of_three)
    chance = np.random.default_rng(0).choice(np.flatnonzero(unseen), 100_000, replace=False)
    result = {
        "fit_seconds": float(fitted["seconds"]),
        "weights": fitted["weights"].round(3).tolist(),
        "single_trainings": on_single_trainings(fitted, sample),
        "mean_test": on_mean_test(predicted, score, true, unseen),
        "kendall_selection_not_undone": _kendall(fitted["accuracy"][chance, 3], true[chance]),
        "quantiles_without_facts": {q: float(np.quantile(plain, q)) for q in SHARES},
        "failed_cells_auc": _auc(fitted["failure"][unseen], true[unseen] < 0.66),
        "ceilings": noise_ceilings(rows, means),
        "repeats": of_repeats(rows, sample),
        "shipped_bytes": options.shipped.stat().st_size,
    }
    write_json(options.results / "predicted.json", result)
    draw(options.results / "predicted.png", predicted, score, true, unseen, fitted, sample)
    print((options.results / "predicted.json").read_text())


if __name__ == "__main__":
    main()
