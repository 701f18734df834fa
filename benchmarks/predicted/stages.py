"""Models of one quantity, each fitted on all folds but one; a finished one is kept in a folder and not fitted again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.predicted.sample import FAILED_BELOW, Floats, Sample
from nasbench_pytorch.files import atomic_path
from nasbench_pytorch.predictors import BoostedTrees, EncodedCells, GraphNetwork, encode_cells
from nasbench_pytorch.predictors.encoding.rank_targets import RankTargets

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.protocol import Predictor
    from nasbench_pytorch.space import SearchSpace

FOLDS = 5
PredictMany = Callable[[EncodedCells], Floats]


class Quantity(NamedTuple):
    """What models learn: which cells of the sample, and numbers of them, shape (N, T)."""

    chosen: npt.NDArray[np.int64]
    targets: Floats


class Unseen(NamedTuple):
    """Predictions by all folds of a model, shape (N, T) and (cells of the space, T).

    Attributes:
        of_sample: of the sample's cells, each by the fold that left it out.
        everywhere: of all cells, the mean of the folds.
        by_fold: of all cells by each fold, float32, shape (folds, cells, T).
    """

    of_sample: Floats
    everywhere: Floats
    by_fold: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Stage:
    """A model of a quantity.

    Attributes:
        name: of its files.
        quantity: `accuracy` (normal scores at four budgets of healthy trainings), `time` (logarithm) or `failure`.
        fit: function from cells and targets to a function that predicts.
    """

    name: str
    quantity: str
    fit: Callable[[EncodedCells, Floats], PredictMany]


def quantity_of(name: str, sample: Sample) -> Quantity:
    """Return a quantity of the sample by its name."""
    if name == "accuracy":
        healthy = np.flatnonzero(sample.healthy)
        values = sample.validation[healthy]
        return Quantity(healthy, RankTargets.fit(values).to_scores(values))
    everyone = np.arange(len(sample.rows))
    if name == "time":
        return Quantity(everyone, np.log(sample.training_time_s)[:, None])
    return Quantity(everyone, (sample.validation[:, 2] < FAILED_BELOW).astype(np.float64)[:, None])


def fold_of(count: int) -> npt.NDArray[np.int64]:
    """Return the fold that leaves each of `count` cells out."""
    return np.random.default_rng(0).permutation(np.arange(count) % FOLDS)


def predictor(make: Callable[[], Predictor]) -> Callable[[EncodedCells, Floats], PredictMany]:
    """Return the `fit` of a stage from a function that makes a predictor."""

    def fit(cells: EncodedCells, targets: Floats) -> PredictMany:
        model = make()
        model.fit(cells, targets)
        return lambda others: model.predict(others).mean

    return fit


def fit_failures(cells: EncodedCells, failed: Floats) -> PredictMany:
    """Fit the probability that one training of 36 epochs fails."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.05, max_leaf_nodes=8, l2_regularization=5.0, max_features=0.3, random_state=0
    )
    model.fit(cells.features, failed[:, 0])

    def predict(others: EncodedCells) -> Floats:
        pieces = np.array_split(others.features, 1 + len(others) // (1 << 15))  # each is copied to doubles
        return np.concatenate([model.predict_proba(piece)[:, 1:] for piece in pieces])

    return predict


STAGES = (
    Stage("failures", "failure", fit_failures),
    Stage("times", "time", predictor(lambda: BoostedTrees(iterations=300, learning_rate=0.08))),
    Stage("network-a", "accuracy", predictor(lambda: GraphNetwork(epochs=20, dropout=0.15, seed=0))),
    Stage("network-b", "accuracy", predictor(lambda: GraphNetwork(epochs=20, dropout=0.15, seed=1))),
)


def save_cells(space: SearchSpace, folder: Path) -> None:
    """Encode all cells once for all stages."""
    if not (folder / "features.npy").exists():
        for name, values in vars(encode_cells(space)).items():
            with atomic_path(folder / f"{name}.npy") as path, path.open("wb") as stream:
                np.save(stream, values)


def load_cells(folder: Path) -> EncodedCells:
    """Map what `save_cells` wrote."""
    names = ("adjacency", "operations", "channels", "features")
    return EncodedCells(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in names))


def run_fold(stage: Stage, fold: int, sample: Sample, folder: Path) -> None:
    """Fit a stage on all folds but one and keep its predictions, unless they are there already."""
    target = folder / f"{stage.name}-{fold}.npz"
    if target.exists():
        return
    started = time.process_time()
    cells, quantity = load_cells(folder), quantity_of(stage.quantity, sample)
    left_out = fold_of(len(quantity.chosen)) == fold
    learnt = cells.take(sample.rows[quantity.chosen[~left_out]])
    predict = stage.fit(learnt, quantity.targets[~left_out])
    fitted_s = time.process_time() - started
    everywhere = predict(cells).astype(np.float32)
    seconds = time.process_time() - started
    with atomic_path(target) as path, path.open("wb") as stream:
        np.savez(stream, everywhere=everywhere, seconds=seconds)
    print(f"{target.stem}: fitted in {fitted_s:.0f} s, predicted after {seconds:.0f} s", flush=True)


def read_stage(stage: Stage, sample: Sample, folder: Path) -> Unseen:
    """Return the predictions of all folds of a stage."""
    chosen = quantity_of(stage.quantity, sample).chosen
    fold = fold_of(len(chosen))
    by_fold = np.stack([np.load(folder / f"{stage.name}-{part}.npz")["everywhere"] for part in range(FOLDS)])
    of_sample = by_fold[fold, sample.rows[chosen]].astype(np.float64)
    return Unseen(of_sample, by_fold.mean(axis=0, dtype=np.float64), by_fold)


def seconds_spent(stages: tuple[Stage, ...], folder: Path) -> float:
    """Return the seconds that all folds of some stages took, one after the other."""
    return sum(
        float(np.load(folder / f"{stage.name}-{part}.npz")["seconds"]) for stage in stages for part in range(FOLDS)
    )
