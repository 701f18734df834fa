from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.records import Evaluation, RunResult, RunStatus
from nasbench_pytorch.space import NAMED_CELLS, ModelSpec, Skeleton
from nasbench_pytorch.table import MissingRowError, NASBench, TableBuilder, export_tfrecord, verify
from nasbench_pytorch.table.tfrecord.exporter import read_back
from nasbench_pytorch.table.tfrecord.frames import read_records

INCEPTION = NAMED_CELLS["inception"].spec
SMALL = Skeleton(num_stacks=2, stem_out_channels=16)


def evaluation(epochs: float, accuracy: float = 0.5, validation: float | None = 0.25) -> Evaluation:
    return Evaluation(epochs, int(epochs * 10), epochs * 2.0, accuracy, validation, accuracy / 2, 1.0, 1.0, 1.0)


def training(epochs: int) -> list[Evaluation]:
    return [evaluation(0, 0.125), evaluation(epochs / 2, 0.25), evaluation(epochs, 0.75)]


def run_result(status: RunStatus = "complete", epochs: int = 4) -> RunResult:
    return RunResult(
        INCEPTION.to_dict(), INCEPTION.hash_spec(), dict(vars(SMALL)), {"epochs": epochs, "learning_rate": 0.2}, {}, 5,
        status, 54_321, training(epochs), 1, 8.0, 9.5, {"device": "cpu"},
    )  # fmt: skip


def test_a_built_table_answers_queries(tmp_path: Path) -> None:
    builder = TableBuilder(evaluation_images=10_000, skeleton=SMALL)
    builder.add(INCEPTION, 4, 1, training(4), total_time_s=11.0)
    builder.write(tmp_path / "t.arrow")
    table = NASBench(tmp_path / "t.arrow")
    assert table.query(INCEPTION, 4, repeat=1)["test_accuracy"] == 0.375
    assert table.query(INCEPTION, 4, stop_halfway=True)["training_time"] == 4.0
    assert verify(table.table).problems == ()
    assert verify(table.table).assumed == ()
    assert table.config["num_stacks"] == 2


def test_absent_values_are_missing(tmp_path: Path) -> None:
    builder = TableBuilder(evaluation_images=1000)
    builder.add(INCEPTION, 4, 0, [evaluation(4, validation=None)])
    builder.write(tmp_path / "t.arrow")
    table = NASBench(tmp_path / "t.arrow")
    answer = table.query(INCEPTION, 4)
    assert np.isnan(answer["validation_accuracy"])
    assert answer["train_accuracy"] == 0.5
    with pytest.raises(MissingRowError):
        table.query(INCEPTION, 4, stop_halfway=True)
    with pytest.raises(InputError, match="nothing to export"):
        export_tfrecord(table.table, tmp_path / "t.tfrecord")
    assert np.isnan(table.lookup([INCEPTION.hash_spec()], "total_time", 4)).all()


def test_a_failed_training_is_a_row_without_numbers(tmp_path: Path) -> None:
    builder = TableBuilder(skeleton=SMALL)
    builder.add_run(run_result("failed"), 0)
    builder.add_run(run_result(), 1)
    builder.write(tmp_path / "t.arrow")
    table = NASBench(tmp_path / "t.arrow", seed=0)
    assert {table.query(INCEPTION, 4)["train_accuracy"] for _ in range(5)} == {0.75}
    with pytest.raises(MissingRowError):
        table.query(INCEPTION, 4, repeat=0)
    rows = table.to_arrow()
    assert rows["status"].to_pylist() == ["failed", "complete"]
    assert len(set(rows["recipe_id"].to_pylist())) == 1
    assert rows["seed"].to_pylist() == [5, 5]
    report = export_tfrecord(table.table, tmp_path / "t.tfrecord")
    assert (report.records, report.left_out) == (1, 1)
    assert [record.values for record in read_records(tmp_path / "t.tfrecord")] == [
        list(read_back(table.table))[1].values
    ]


def test_extra_columns_of_any_kind_are_kept_and_numbers_are_metrics(tmp_path: Path) -> None:
    builder = TableBuilder()
    curve = [0.1, 0.25, 0.5]
    builder.add(
        INCEPTION, 4, 0, training(4), extra_columns={"learning_curve": curve, "hardware": "H100", "energy_j": 5.5}
    )
    builder.add(INCEPTION, 4, 1, training(4), own={"energy_j": 6.5})
    builder.write(tmp_path / "t.arrow")
    table = NASBench(tmp_path / "t.arrow")
    rows = table.to_arrow().to_pylist()
    assert [row["learning_curve"] for row in rows] == [curve, None]
    assert [row["hardware"] for row in rows] == ["H100", None]
    assert table.lookup([INCEPTION.hash_spec()], "energy_j", 4, "mean").tolist() == [6.0]
    with pytest.raises(InputError, match="unknown metric 'hardware'"):
        table.lookup([INCEPTION.hash_spec()], "hardware", 4)


def test_the_first_spec_of_a_cell_is_stored(tmp_path: Path) -> None:
    matrix = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    builder = TableBuilder()
    for repeat, ops in enumerate((["conv3x3-bn-relu", "maxpool3x3"], ["maxpool3x3", "conv3x3-bn-relu"])):
        builder.add(ModelSpec(matrix, ["input", *ops, "output"]), 4, repeat, training(4))
    builder.write(tmp_path / "t.arrow")
    table = NASBench(tmp_path / "t.arrow")
    assert len(table) == 1
    assert table.spec(next(iter(table))).ops == ["input", "conv3x3-bn-relu", "maxpool3x3", "output"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"repeat": 0}, "in the table already"),
        ({"epochs": 0}, "at least 1"),
        ({"repeat": -1}, "at least 0"),
        ({"trainable_parameters": 5}, "one skeleton"),
        ({"extra_columns": {"epochs": 3}}, "cannot be called epochs"),
        ({"own": {"repeat": 3}}, "cannot be called repeat"),
    ],
)
def test_invalid_rows_are_refused(changes: dict[str, Any], message: str) -> None:
    builder = TableBuilder()
    builder.add(INCEPTION, 4, 0, training(4))
    row: dict[str, Any] = {"epochs": 4, "repeat": 1, "evaluations": training(4)} | changes
    with pytest.raises(InputError, match=message):
        builder.add(INCEPTION, **row)


def test_extra_columns_have_a_former_name(tmp_path: Path) -> None:
    builder = TableBuilder(skeleton=SMALL)
    builder.add(INCEPTION, 4, 0, training(4), trainable_parameters=54_321, own={"energy_j": 5.5})
    builder.add_run(run_result(), 1, {"energy_j": 6.5})
    builder.write(tmp_path / "t.arrow")
    assert NASBench(tmp_path / "t.arrow").to_arrow()["energy_j"].to_pylist() == [5.5, 6.5]


@pytest.mark.parametrize("change", ["skeleton", "data", "environment"])
def test_rows_share_a_recipe_id_only_if_all_that_decides_a_training_is_equal(tmp_path: Path, change: str) -> None:
    result = run_result()
    changes: dict[str, Any] = {change: {"device_name": "another one"}}
    other = dataclasses.replace(result, **changes)
    longer = dataclasses.replace(result, recipe={**result.recipe, "epochs": 8}, seed=6)
    builder = TableBuilder(skeleton=SMALL)
    for repeat, run in enumerate((result, other, longer)):
        builder.add_run(run, repeat)
    builder.write(tmp_path / "t.arrow")
    ids = NASBench(tmp_path / "t.arrow").to_arrow()["recipe_id"].to_pylist()
    assert ids[0] == ids[2] != ids[1]


def test_a_column_of_different_kinds_is_refused(tmp_path: Path) -> None:
    builder = TableBuilder()
    for repeat, value in enumerate((1, "one")):
        builder.add(INCEPTION, 4, repeat, training(4), extra_columns={"mixed": value})
    with pytest.raises(InputError, match="column 'mixed' are of different kinds"):
        builder.write(tmp_path / "t.arrow")
    assert list(tmp_path.iterdir()) == []


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one"):
        TableBuilder().write(tmp_path / "t.arrow")
