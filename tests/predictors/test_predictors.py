"""What every predictor keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import kendalltau

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors import (
    BoostedTrees,
    CrossFittedEnsemble,
    EncodedCells,
    GaussianProcess,
    GraphNetwork,
    PathNetworks,
    Predictor,
    RandomForest,
    encode_cells,
)
from nasbench_pytorch.space import ModelSpec, SearchSpace

Floats = npt.NDArray[np.float64]
Make = Callable[[int], Predictor]


def trees(seed: int) -> Predictor:
    return BoostedTrees(members=2, iterations=15, learning_rate=0.1, leaves=8, seed=seed)


def network(seed: int) -> Predictor:
    return GraphNetwork(width=16, layers=2, epochs=25, batch_size=64, learning_rate=5e-3, seed=seed)


def ensemble(seed: int) -> Predictor:
    return CrossFittedEnsemble([trees(seed), network(seed)], folds=2, seed=seed)


def process(seed: int) -> Predictor:
    return GaussianProcess(settings_from=100, seed=seed)


def forest(seed: int) -> Predictor:
    return RandomForest(trees=20, seed=seed)


def paths(seed: int) -> Predictor:
    return PathNetworks(layers=3, epochs=100, seed=seed)


EVERY = [trees, network, ensemble, process, forest, paths]
every_predictor = pytest.mark.parametrize("make", EVERY)


@pytest.fixture(scope="module")
def fitted(cells: EncodedCells, accuracies: Floats) -> Callable[[Make, int], Predictor]:
    """Fits each predictor once for all tests."""
    known: dict[Any, Predictor] = {}

    def fit(make: Make, seed: int = 0) -> Predictor:
        if (make, seed) not in known:
            known[make, seed] = make(seed)
            known[make, seed].fit(cells.take(slice(0, 200)), accuracies[:200])
        return known[make, seed]

    return fit


@every_predictor
def test_what_was_learnt_ranks_new_cells(make: Make, fitted: Any, cells: EncodedCells, accuracies: Floats) -> None:
    mean, spread = fitted(make, 0).predict(cells.take(slice(200, 300)))
    assert mean.shape == spread.shape == (100, 2)
    assert (spread >= 0).all()
    assert kendalltau(mean[:, 0], accuracies[200:, 0]).statistic > 0.7


@every_predictor
def test_a_seed_gives_the_same_predictions(make: Make, fitted: Any, cells: EncodedCells, accuracies: Floats) -> None:
    again, other = make(0), make(1)
    again.fit(cells.take(slice(0, 200)), accuracies[:200])
    other.fit(cells.take(slice(0, 200)), accuracies[:200])
    expected = fitted(make, 0).predict(cells)
    for got, wanted in zip(again.predict(cells), expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert (other.predict(cells).mean != expected.mean).any()


@every_predictor
def test_large_seeds_are_seeds(make: Make, cells: EncodedCells, accuracies: Floats) -> None:
    predictor = make(2**70 + 7)
    predictor.fit(cells.take(slice(0, 40)), accuracies[:40])
    assert np.isfinite(predictor.predict(cells.take(slice(40, 50))).mean).all()


@every_predictor
def test_the_order_of_the_rows_changes_no_prediction(make: Make, fitted: Any, cells: EncodedCells) -> None:
    order = np.random.default_rng(3).permutation(len(cells))
    straight, mixed = fitted(make, 0).predict(cells), fitted(make, 0).predict(cells.take(order))
    np.testing.assert_allclose(mixed.mean, straight.mean[order], atol=1e-5)
    np.testing.assert_allclose(mixed.spread, straight.spread[order], atol=1e-5)


@every_predictor
def test_the_order_of_the_cells_to_learn_from_changes_no_prediction(
    make: Make, fitted: Any, cells: EncodedCells, accuracies: Floats
) -> None:
    order = np.random.default_rng(4).permutation(200)
    mixed = make(0)
    mixed.fit(cells.take(order), accuracies[order])
    np.testing.assert_array_equal(mixed.predict(cells).mean, fitted(make, 0).predict(cells).mean)


@every_predictor
def test_isomorphic_cells_get_the_same_prediction(make: Make, fitted: Any, small_space: SearchSpace) -> None:
    specs = [small_space[row] for row in range(0, len(small_space), 37)]
    renumbered = [_renumbered(spec) for spec in specs]
    assert any((a.matrix != b.matrix).any() for a, b in zip(specs, renumbered, strict=True) if a.matrix is not None)
    one, other = (fitted(make, 0).predict(cells).mean for cells in (specs, renumbered))
    np.testing.assert_allclose(one, other, atol=1e-5)


@every_predictor
def test_one_column_gives_one_column(make: Make, cells: EncodedCells, accuracies: Floats) -> None:
    predictor = make(0)
    predictor.fit(cells, accuracies[:, 0])
    assert predictor.predict(cells.take(slice(0, 7))).mean.shape == (7,)


@every_predictor
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_targets_that_are_no_numbers_are_refused(
    make: Make, cells: EncodedCells, accuracies: Floats, bad: float
) -> None:
    broken = accuracies.copy()
    broken[5, 1] = bad
    with pytest.raises(InputError, match="accuracies of 1 cells are NaN or infinite"):
        make(0).fit(cells, broken)


@every_predictor
def test_targets_of_another_length_are_refused(make: Make, cells: EncodedCells, accuracies: Floats) -> None:
    with pytest.raises(InputError, match=r"give \(300,\) or \(300, T\)"):
        make(0).fit(cells, accuracies[:-1])


@every_predictor
@pytest.mark.parametrize(
    ("count", "bad", "message"),
    [
        (1, None, "at least 2 cells, got 1"),
        (0, None, "at least 2 cells, got 0"),
        (12, ["much"] * 12, "must be numbers"),
        (12, np.zeros((12, 0)), "no columns"),
    ],
)
def test_too_few_cells_and_no_numbers_are_refused(
    make: Make, cells: EncodedCells, count: int, bad: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        make(0).fit(cells.take(slice(0, count)), np.linspace(0.8, 0.9, count) if bad is None else bad)


@every_predictor
@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (ModelSpec(np.eye(8, k=1, dtype=int), ["input", *["conv3x3-bn-relu"] * 6, "output"]), "8 vertices"),
        (ModelSpec(np.triu(np.ones((5, 5), int), 1), ["input", *["maxpool3x3"] * 3, "output"]), "10 edges"),
        (ModelSpec([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv7x7", "output"]), "conv7x7"),
        (ModelSpec([[0, 0], [0, 0]], ["input", "output"]), "cannot be reached"),
        ("28cfc7874f6d200472e1a9dcd8650aa0", "is a str"),
    ],
)
def test_cells_outside_the_space_are_refused(make: Make, cell: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(0).fit([cell] * 12, np.linspace(0.8, 0.9, 12))


@pytest.mark.parametrize("make", [trees, network, process, forest])
@pytest.mark.parametrize("count", [2, 7])
def test_few_cells_are_learnt(make: Make, count: int, cells: EncodedCells, accuracies: Floats) -> None:
    predictor = make(0)
    predictor.fit(cells.take(slice(0, count)), accuracies[:count])
    mean, spread = predictor.predict(cells)
    assert np.isfinite(mean).all()
    assert np.isfinite(spread).all()


@pytest.mark.parametrize("make", [network, process])
def test_only_the_ranks_of_an_added_column_matter(make: Make, cells: EncodedCells, accuracies: Floats) -> None:
    proxy = np.random.default_rng(5).normal(size=len(cells))
    predicted = []
    for column in (proxy, 1e-9 * np.exp(5 * proxy)):
        predictor, described = make(0), cells.with_columns({"synflow": column})
        predictor.fit(described, accuracies[:, 0] + 0.02 * proxy)
        predicted.append(predictor.predict(described).mean)
    np.testing.assert_allclose(predicted[0], predicted[1], atol=1e-5)
    assert kendalltau(predicted[0], proxy).statistic > 0.1


@every_predictor
def test_equal_accuracies_are_predicted_as_they_are(make: Make, cells: EncodedCells) -> None:
    predictor = make(0)
    predictor.fit(cells.take(slice(0, 40)), np.full(40, 0.9))
    np.testing.assert_allclose(predictor.predict(cells).mean, 0.9, atol=1e-4)


@every_predictor
def test_predicting_before_learning_is_refused(make: Make, cells: EncodedCells) -> None:
    with pytest.raises(InputError, match="call fit"):
        make(0).predict(cells)


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(cells: EncodedCells, accuracies: Floats) -> None:
    alone, together = (CrossFittedEnsemble([trees(0)], folds=2, jobs=jobs) for jobs in (1, 2))
    for predictor in (alone, together):
        predictor.fit(cells, accuracies)
    np.testing.assert_array_equal(alone.predict(cells).mean, together.predict(cells).mean)


def test_cells_that_were_learnt_from_are_also_predicted_unseen(cells: EncodedCells, accuracies: Floats) -> None:
    predictor = CrossFittedEnsemble([trees(0)], folds=3)
    predictor.fit(cells, accuracies)
    assert predictor.out_of_fold is not None
    unseen, seen = predictor.out_of_fold.mean, predictor.predict(cells).mean
    errors = [float(np.abs(values - accuracies).mean()) for values in (unseen, seen)]
    assert errors[0] > errors[1]


def test_cells_of_a_space_with_other_bounds_are_refused(fitted: Any, small_space: SearchSpace) -> None:
    for make in EVERY:
        with pytest.raises(InputError, match="other bounds"):
            fitted(make, 0).predict(small_space)


def test_no_cells_give_no_predictions(fitted: Any) -> None:
    for make in EVERY:
        assert fitted(make, 0).predict(encode_cells([])).mean.shape == (0, 2)


def _renumbered(spec: ModelSpec) -> ModelSpec:
    """The same cell with its interior vertices in another topological order, if it has one."""
    matrix, ops, _ = spec.pruned()
    last = len(ops) - 1
    waiting, order = set(range(1, last)), [0]
    while waiting:
        ready = [v for v in waiting if not any(matrix[u][v] for u in waiting)]
        order.append(max(ready))
        waiting.remove(max(ready))
    order.append(last)
    return ModelSpec(np.asarray(matrix)[np.ix_(order, order)].tolist(), [ops[v] for v in order])
