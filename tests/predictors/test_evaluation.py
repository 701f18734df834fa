from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import kendalltau

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors import (
    BoostedTrees,
    EncodedCells,
    GaussianProcess,
    Split,
    encode_cells,
    encode_rows,
    evaluate_predictor,
    make_predictor,
    split_rows,
)

if TYPE_CHECKING:
    from nasbench_pytorch.space import SearchSpace


@pytest.fixture(scope="module")
def values(small_space: SearchSpace) -> npt.NDArray[np.float64]:
    """More edges are better."""
    return small_space.columns.edges / 10


def test_an_evaluation_is_of_the_cells_of_the_split(small_space: SearchSpace, values: npt.NDArray[np.float64]) -> None:
    split = split_rows("gates", len(small_space), 60, 100)
    result = evaluate_predictor(GaussianProcess(), small_space, values, split)
    model = GaussianProcess()
    model.fit(encode_rows(small_space, split.train), values[split.train])
    predicted = model.predict(encode_rows(small_space, split.test)).mean
    assert (result.train_cells, result.test_cells) == (60, 100)
    assert result.kendall == pytest.approx(kendalltau(predicted, values[split.test]).statistic)
    assert result.mean_absolute_error == pytest.approx(np.abs(predicted - values[split.test]).mean())


@pytest.mark.parametrize("make", [GaussianProcess, lambda: BoostedTrees(iterations=30)])
def test_a_column_that_tells_the_accuracy_is_learnt(make: type[GaussianProcess], small_space: SearchSpace) -> None:
    told = np.random.default_rng(0).random(len(small_space))
    split = split_rows("gates", len(small_space), 150, 200)
    plain = evaluate_predictor(make(), small_space, told, split)
    with_column = evaluate_predictor(make(), small_space, told, split, {"oracle": told})
    assert plain.kendall < 0.3 < 0.6 < with_column.kendall


def test_rows_are_encoded_in_their_order(small_space: SearchSpace) -> None:
    rows = np.array([9, 3, 3, 700])
    expected = encode_cells([small_space[int(row)] for row in rows], small_space.bounds)
    np.testing.assert_array_equal(encode_rows(small_space, rows).features, expected.features)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.full(300, np.nan), "NaN or infinite .*300 of 300"),
        (np.zeros(299), r"shape \(299,\)"),
        (["a"] * 300, "not of numbers"),
    ],
)
def test_columns_that_no_predictor_can_read_are_refused(cells: EncodedCells, values: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cells.with_columns({"zen": values})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="'zen' already"):
        cells.with_columns({"zen": np.zeros(300)}).with_columns({"zen": np.zeros(300)})


def test_impossible_evaluations_are_refused(small_space: SearchSpace, values: npt.NDArray[np.float64]) -> None:
    split = split_rows("gates", len(small_space), 20, 10)
    with pytest.raises(InputError, match="give one a cell"):
        evaluate_predictor(GaussianProcess(), small_space, values[1:], split)
    with pytest.raises(InputError, match="at least 2 test cells"):
        evaluate_predictor(GaussianProcess(), small_space, values, Split(split.train, split.test[:1]))
    with pytest.raises(InputError, match="test cells are NaN"):
        evaluate_predictor(
            GaussianProcess(), small_space, np.where(np.isin(np.arange(len(values)), split.test), np.nan, values), split
        )


def test_unknown_predictors_are_refused_with_a_list() -> None:
    with pytest.raises(InputError, match="unknown predictor 'gaussian'; there are: gaussian_process, boosted_trees"):
        make_predictor("gaussian")
    with pytest.raises(InputError, match="seed must be at least 0"):
        make_predictor("gaussian_process", -1)


def test_a_gaussian_process_refuses_more_cells_than_memory_allows(cells: EncodedCells) -> None:
    with pytest.raises(InputError, match="300 are more than most_cells=299"):
        GaussianProcess(most_cells=299).fit(cells, np.zeros(300))
