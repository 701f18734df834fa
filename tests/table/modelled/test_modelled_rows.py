"""Rows drawn around a mean per cell: exact where they must be, the same everywhere, and like trainings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from nasbench_pytorch.table.modelled.at_full_budget import failed_by_mean
from nasbench_pytorch.table.modelled.cell_means import CellMeans
from nasbench_pytorch.table.modelled.hashed_draws import HashedDraws
from nasbench_pytorch.table.modelled.repeats import BUDGETS, model_rows

CELLS = 3000
GOLDEN_BITS = ["0x64303223ea7ba381", "0x8f1c082d5f956237", "0x83cec4e76562ff8d"]


@pytest.fixture(scope="module")
def draws() -> HashedDraws:
    return HashedDraws(np.random.default_rng(0).integers(0, 2**64, CELLS, dtype=np.uint64))


@pytest.fixture(scope="module")
def means() -> CellMeans:
    """Cells of .85 to .943 test accuracy, of which every tenth has failures."""
    rng = np.random.default_rng(1)
    levels, deviations = np.array([0.1, 0.9]), np.linspace(-0.02, 0.02, 9)
    return CellMeans(
        test_correct=rng.integers(25460, 28250, CELLS),
        validation={epochs: rng.uniform(0.2, 0.9, CELLS) for epochs in (4, 12, 36)},
        time_s=rng.uniform(300, 5000, CELLS),
        failure=np.full(CELLS, 0.01),
        failed_of_three=np.where(np.arange(CELLS) % 10 == 0, np.arange(CELLS) // 10 % 4, 0).astype(np.uint8),
        test_slopes={4: 0.5, 12: 0.6, 36: 1.0},
        levels=dict.fromkeys((4, 12, 36), levels),
        residuals=dict.fromkeys((4, 12, 36), np.stack([deviations, deviations])),
    )


def test_draws_are_these_numbers_on_every_machine() -> None:
    draws = HashedDraws(np.array([0, 1, 2**64 - 1], dtype=np.uint64))
    assert [hex(word) for word in draws.bits("golden").tolist()] == GOLDEN_BITS
    assert (draws.bits("golden") != draws.bits("golden", 1)).all()


def test_draws_are_uniform_and_normal(draws: HashedDraws) -> None:
    uniform, normal = draws.uniform("a"), draws.normal("b")
    assert uniform.min() > 0 and uniform.max() < 1
    assert abs(uniform.mean() - 0.5) < 0.03 and abs(normal.mean()) < 0.08 and abs(normal.std() - 1) < 0.05
    assert abs(np.corrcoef(draws.normal("b", 0), draws.normal("b", 1))[0, 1]) < 0.06


def test_three_tests_add_up_to_a_known_sum_exactly(means: CellMeans, draws: HashedDraws) -> None:
    known = np.random.default_rng(2).integers(2990, 28251, CELLS)
    rows = model_rows(means, draws, 108, known)
    np.testing.assert_array_equal(rows.test.sum(axis=1, dtype=np.int64), known)


def test_the_mean_of_three_tests_is_the_one_that_ships(means: CellMeans, draws: HashedDraws) -> None:
    whole = means.failed_of_three == 0
    rows = model_rows(means, draws, 108)
    np.testing.assert_array_equal(rows.test.sum(axis=1, dtype=np.int64)[whole], means.test_correct[whole])


def test_as_many_trainings_fail_as_the_means_say(means: CellMeans, draws: HashedDraws) -> None:
    rows = model_rows(means, draws, 108)
    np.testing.assert_array_equal((rows.validation < 1997).sum(axis=1), means.failed_of_three)


def test_failures_are_told_from_the_mean() -> None:
    assert failed_by_mean(np.array([3000, 10900, 19000, 27000])).tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize("epochs", BUDGETS)
def test_accuracies_are_whole_numbers_of_images(means: CellMeans, draws: HashedDraws, epochs: int) -> None:
    rows = model_rows(means, draws, epochs)
    for name in ("validation", "test", "train", "halfway_validation", "halfway_test", "halfway_train"):
        values = getattr(rows, name)
        assert values.dtype == np.uint16 and values.shape == (CELLS, 3)
        assert values.max() <= 9984
    assert (rows.halfway_time_s < rows.time_s).all() and (rows.halfway_time_s > 0).all()


@pytest.mark.parametrize("epochs", BUDGETS)
def test_a_cell_has_the_same_rows_among_others_and_alone(means: CellMeans, draws: HashedDraws, epochs: int) -> None:
    some = np.random.default_rng(3).permutation(CELLS)[:50]
    alone = model_rows(_take(means, some), HashedDraws(draws.words[some]), epochs)
    together = model_rows(means, draws, epochs)
    for name in alone.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(alone, name), getattr(together, name)[some])


def test_longer_budgets_take_longer(means: CellMeans, draws: HashedDraws) -> None:
    times = [model_rows(means, draws, epochs).time_s.mean() for epochs in BUDGETS]
    assert times == sorted(times)


def test_a_saved_file_reads_back(means: CellMeans, tmp_path: Path) -> None:
    means.save(tmp_path / "means.npz")
    again = CellMeans.load(tmp_path / "means.npz")
    np.testing.assert_array_equal(again.test_correct, means.test_correct)
    np.testing.assert_array_equal(again.failed_of_three, means.failed_of_three)
    np.testing.assert_allclose(again.time_s, means.time_s, rtol=0.0006)
    np.testing.assert_allclose(again.validation[12], means.validation[12], atol=0.0011)
    np.testing.assert_allclose(again.failure, means.failure, rtol=0.03)


def _take(means: CellMeans, rows: npt.NDArray[np.int64]) -> CellMeans:
    return replace(
        means,
        test_correct=means.test_correct[rows],
        validation={epochs: values[rows] for epochs, values in means.validation.items()},
        time_s=means.time_s[rows],
        failure=means.failure[rows],
        failed_of_three=means.failed_of_three[rows],
    )
