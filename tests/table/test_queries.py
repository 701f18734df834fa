from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import NASBench, OutOfDomainError, UnknownHashError
from tests.helpers.table_samples import benchmark_of, invented_records

if TYPE_CHECKING:
    import pandas as pd


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> NASBench:
    records = invented_records()
    del records[4], records[10:12]
    return benchmark_of(tmp_path_factory.mktemp("lookups"), records, seed=0)


@pytest.fixture(scope="module")
def frame(table: NASBench) -> pd.DataFrame:
    pytest.importorskip("pandas")
    return table.to_pandas()


METRICS = [
    "test_accuracy",
    "halfway_validation_accuracy",
    "start_train_accuracy",
    "training_time",
    "total_time",
    "current_epoch",
]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("repeat", [0, 1, 2, 3, "mean"])
def test_a_lookup_equals_pandas_result(table: NASBench, frame: pd.DataFrame, metric: str, repeat: int | str) -> None:
    hashes = np.random.default_rng(0).choice(list(table), 50)
    rows = frame[frame.epochs == 108]
    if repeat != "mean":
        rows = rows[rows.repeat == repeat]
    means = rows.groupby("hash", observed=False)[metric].mean()
    found = table.lookup(hashes, metric, 108, repeat)
    assert found == pytest.approx(means.loc[hashes].to_numpy(), nan_ok=True)
    assert table.lookup(hashes.tolist(), metric, 108, repeat) == pytest.approx(found, nan_ok=True)


def test_a_random_lookup_draws_as_queries_do(table: NASBench) -> None:
    first, second = (NASBench(table.table.path, seed=11) for _ in range(2))
    hashes = list(table) * 3
    assert first.lookup(hashes, "test_accuracy", 4, "random").tolist() == [
        second.query(second.spec(module_hash), 4)["test_accuracy"] for module_hash in hashes
    ]
    assert first.get_budget_counters() == (0.0, 0)


def test_a_lookup_of_no_hashes_is_empty(table: NASBench) -> None:
    assert table.lookup([], "test_accuracy").shape == (0,)


@pytest.mark.parametrize("metric", ["test_accuracy", "training_time"])
def test_the_best_are_those_that_sorting_puts_first(table: NASBench, frame: pd.DataFrame, metric: str) -> None:
    means = frame[frame.epochs == 4].groupby("hash", observed=False)[metric].mean()
    expected = means.sort_values(ascending=metric == "training_time", kind="stable")
    best = table.best(metric, 4, n=100)
    assert [cell.hash for cell in best] == list(expected.index)
    assert [cell.value for cell in best] == pytest.approx(list(expected))
    assert [cell.rank for cell in best] == list(range(1, len(expected) + 1))
    for cell in best:
        assert table.rank(cell.hash, metric, 4) == cell
        assert table.rank(table.spec(cell.hash), metric, 4) == cell


def test_equal_cells_share_a_rank(table: NASBench) -> None:
    assert {cell.rank for cell in table.best("current_epoch", 4, n=6)} == {1}
    assert table.rank(next(iter(table)), "current_epoch", 4).rank == 1


def test_errors_of_invalid_lookups_list_the_valid_ones(table: NASBench) -> None:
    some = [next(iter(table))]
    with pytest.raises(InputError, match=r"unknown metric 'accuracy'; metrics: .*test_accuracy"):
        table.lookup(some, "accuracy")
    with pytest.raises(OutOfDomainError, match="must be one of"):
        table.lookup(some, epochs=5)
    with pytest.raises(InputError, match="n must be at least 1"):
        table.best(n=0)
    for unknown in ("0" * 32, "short", "x" * 32, ""):
        with pytest.raises(UnknownHashError, match=f"hash '{unknown}'"):
            table.lookup([*some, unknown])


def test_the_flat_table_has_a_row_for_each_training(table: NASBench, frame: pd.DataFrame) -> None:
    arrow = table.to_arrow()
    assert arrow.num_rows == len(frame) == table.table.rows
    assert arrow.schema.field("training_time").metadata == {b"unit": b"s"}
    row = frame.iloc[7]
    fixed, computed = table.get_metrics_from_hash(row["hash"])
    assert row.module_adjacency == "".join(map(str, fixed["module_adjacency"].ravel()))
    assert row.module_operations == ",".join(fixed["module_operations"])
    assert row.trainable_parameters == fixed["trainable_parameters"]
    assert any(math.isclose(row.test_accuracy, found["final_test_accuracy"]) for found in computed[row.epochs])


def test_every_field_is_described_with_its_unit(table: NASBench) -> None:
    described = {field.name: field.unit for field in table.describe()}
    assert set(table.to_arrow().schema.names) == set(described)
    assert described["halfway_training_time"] == "s"
    assert all(described.values())


def test_a_table_can_be_read_by_any_arrow_program(table: NASBench, tmp_path: Path) -> None:
    read = pa.ipc.open_file(str(table.table.path)).read_all()
    assert len(read) == len(table)
    assert read["hash"][0].as_py().hex() == next(iter(table))
    assert len(read["rows"][0]) == table.table.row_starts[1]
