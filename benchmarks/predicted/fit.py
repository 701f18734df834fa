"""Fit the models behind the predicted table and predict all 423,624 cells: about 20 minutes on two cores.

Five folds of boosted trees and of two graph networks, learnt from 25,000 published cells. Writes `fitted.npz`: the
predictions of every cell, and those of the sample's cells by models that have not seen them.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.predicted.sample import FAILED_BELOW, Floats, Sample, read_sample
from nasbench_pytorch.predictors import BoostedTrees, CrossFittedEnsemble, EncodedCells, GraphNetwork, encode_cells
from nasbench_pytorch.space import enumerate_cells

FOLDS = 5
NETWORKS = 2
"""Of each fold. Two agree better with the truth than one that is trained for twice as long."""
TIME_FOLDS = 3


def fit_accuracies(cells: EncodedCells, sample: Sample, jobs: int) -> dict[str, npt.NDArray[np.float64]]:
    """Expected validation accuracy at each budget, of healthy trainings; of 108 epochs that of the best of three."""
    healthy = np.flatnonzero(sample.healthy)
    trees = BoostedTrees(iterations=120, learning_rate=0.12, features_tried=0.25)
    networks = [GraphNetwork(epochs=20, dropout=0.15, seed=seed) for seed in range(NETWORKS)]
    ensemble = CrossFittedEnsemble([trees, *networks], FOLDS, jobs)
    ensemble.fit(cells.take(sample.rows[healthy]), sample.validation[healthy])
    assert ensemble.out_of_fold is not None and ensemble.weights is not None
    predicted = ensemble.predict(cells)
    unseen = np.full(sample.validation.shape, np.nan)
    unseen[healthy] = ensemble.out_of_fold.mean
    return {
        "accuracy": predicted.mean,
        "spread": predicted.spread,
        "accuracy_unseen": unseen,
        "weights": ensemble.weights,
    }


def fit_times(cells: EncodedCells, sample: Sample, jobs: int) -> dict[str, Floats]:
    """Training time of 108 epochs."""
    ensemble = CrossFittedEnsemble([BoostedTrees(iterations=300, learning_rate=0.08)], TIME_FOLDS, jobs)
    ensemble.fit(cells.take(sample.rows), np.log(sample.training_time_s))
    assert ensemble.out_of_fold is not None
    return {"time_s": np.exp(ensemble.predict(cells).mean), "time_s_unseen": np.exp(ensemble.out_of_fold.mean)}


def fit_failures(cells: EncodedCells, sample: Sample) -> dict[str, Floats]:
    """Probability that one training of 36 epochs fails."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    failed = sample.validation[:, 2] < FAILED_BELOW
    fold = np.random.default_rng(0).permutation(np.arange(len(failed)) % FOLDS)
    features = cells.features[sample.rows]
    unseen, everywhere = np.zeros(len(failed)), np.zeros(len(cells))
    for part in range(FOLDS):
        model = HistGradientBoostingClassifier(
            max_iter=120,
            learning_rate=0.05,
            max_leaf_nodes=8,
            l2_regularization=5.0,
            max_features=0.3,
            random_state=part,
        )
        model.fit(features[fold != part], failed[fold != part])
        unseen[fold == part] = model.predict_proba(features[fold == part])[:, 1]
        everywhere += model.predict_proba(cells.features)[:, 1] / FOLDS
    return {"failure": everywhere, "failure_unseen": unseen}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("sample", type=Path, help="folder with validation_30k.csv")
    parser.add_argument("--out", type=Path, default=Path("fitted.npz"))
    parser.add_argument("--jobs", type=int, default=2, help="processes, each of one thread")
    options = parser.parse_args()
    started = time.perf_counter()
    space = enumerate_cells()
    sample, cells = read_sample(options.sample, space), encode_cells(space)
    print(f"encoded {len(cells):,} cells after {time.perf_counter() - started:.0f} s", flush=True)
    fitted = fit_failures(cells, sample) | fit_times(cells, sample, options.jobs)
    print(f"failures and times after {time.perf_counter() - started:.0f} s", flush=True)
    fitted |= fit_accuracies(cells, sample, options.jobs)
    seconds = time.perf_counter() - started
    np.savez(options.out, rows=sample.rows, seconds=seconds, **fitted)
    print(f"weights of trees and networks by budget:\n{fitted['weights'].round(2)}\ndone after {seconds:.0f} s")


if __name__ == "__main__":
    main()
