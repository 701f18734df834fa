from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors import split_rows
from nasbench_pytorch.predictors.splits import SPLITS, TRAIN_CELLS


def test_the_gates_split_is_that_of_the_publication() -> None:
    split = split_rows("gates", 423_624, 190)
    assert len(split.test) == 42_363
    assert split.test[0] == 381_261
    assert split.train.max() < 381_261


def test_the_tnasp_split_tests_on_all_other_cells() -> None:
    split = split_rows("tnasp", 1000, 100)
    assert sorted([*split.train, *split.test]) == list(range(1000))


@pytest.mark.parametrize("name", SPLITS)
def test_published_numbers_of_cells_fit_into_their_split(name: str) -> None:
    for count in TRAIN_CELLS[name]:
        assert len(split_rows(name, 423_624, count, 10).train) == count


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(list(SPLITS)), st.integers(20, 300), st.integers(1, 10), st.integers(0, 99), st.data())
def test_parts_are_distinct_cells_drawn_by_the_seed(
    name: str, total: int, train: int, seed: int, data: st.DataObject
) -> None:
    rows = np.array(sorted(data.draw(st.sets(st.integers(0, 10_000), min_size=total, max_size=total))))
    split, again = (split_rows(name, rows, train, 2, seed) for _ in range(2))
    assert len({*split.train.tolist(), *split.test.tolist()}) == train + 2
    assert {*split.train.tolist(), *split.test.tolist()} <= set(rows.tolist())
    assert (split.train == again.train).all() and (split.test == again.test).all()
    larger = split_rows(name, rows, train + 1, 2, seed)
    assert (larger.train[:train] == split.train).all()


def test_another_seed_draws_other_cells() -> None:
    one, other = (split_rows("gates", 1000, 50, seed=seed) for seed in (0, 1))
    assert set(one.train.tolist()) != set(other.train.tolist())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gate", 100, 10), "unknown split 'gate'; there are: gates, tnasp; did you mean gates"),
        (("gates", 100, 91), "train_cells must be 1 to 90"),
        (("gates", 100, 0), "train_cells must be 1 to 90"),
        (("tnasp", 100, 100), "train_cells must be 1 to 99"),
        (("gates", 100, 10, 11), "test_cells must be 1 to 10"),
        (("gates", 100, 10, 5, -1), "seed must be at least 0"),
    ],
)
def test_impossible_splits_are_refused(arguments: tuple[str, int, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        split_rows(*arguments)
