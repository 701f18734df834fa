"""The table together with training: `evaluate`, `nasbench train --table`, rows of finished runs."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nasbench_pytorch.training
from nasbench_pytorch.cli import main
from nasbench_pytorch.model import Network
from nasbench_pytorch.space import NAMED_CELLS, ModelSpec, count_parameters
from nasbench_pytorch.table import NASBench, TableBuilder, describe_rows
from tests.helpers.table_samples import benchmark_of, invented_records
from tests.helpers.tiny_training import SKELETON, SPEC, tiny_data, tiny_recipe, train_tiny

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageData

QUICK = ["--dataset", "digits", "--stem-out-channels", "4", "--num-stacks", "1", "--num-modules-per-stack", "1"]
QUICK += ["--progress", "none", "--device", "cpu"]


def test_evaluate_trains_the_cell_and_answers_as_a_query_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def load_tiny(*arguments: object) -> ImageData:
        asked.append(arguments)
        return tiny_data()

    monkeypatch.setattr(nasbench_pytorch.training, "Recipe", tiny_recipe)
    monkeypatch.setattr(nasbench_pytorch.training, "load_data", load_tiny)
    silent = functools.partial(nasbench_pytorch.training.run_training, progress="none")
    monkeypatch.setattr(nasbench_pytorch.training, "run_training", silent)
    table = benchmark_of(tmp_path, invented_records())
    table.config |= {"stem_filter_size": SKELETON.stem_out_channels, "num_stacks": SKELETON.num_stacks}
    table.config["num_modules_per_stack"] = SKELETON.num_modules_per_stack
    smallest = ModelSpec([[0, 1], [0, 0]], ["input", "output"])
    answer = table.evaluate(smallest, tmp_path / "run", data_root=tmp_path)
    assert list(answer) == list(table.query(smallest, 4))
    assert answer["trainable_parameters"] == count_parameters(smallest, SKELETON)
    assert 0 <= answer["test_accuracy"] <= 1
    assert answer["training_time"] > 0
    assert (tmp_path / "run" / "results.json").exists()
    assert asked == [("cifar10", tiny_recipe(), tmp_path)]
    assert table.get_budget_counters()[1] == 4


def test_a_finished_run_becomes_a_row_with_the_same_numbers(tmp_path: Path) -> None:
    result = train_tiny().result
    builder = TableBuilder(evaluation_images=20, skeleton=SKELETON)
    builder.add_run(result, 0)
    builder.write(tmp_path / "t.arrow")
    answer = NASBench(tmp_path / "t.arrow").query(SPEC, 4)
    final = result.evaluations[-1]
    assert [answer[name] for name in ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")] == [
        final.training_time_s, final.train_accuracy, final.validation_accuracy, final.test_accuracy,
    ]  # fmt: skip
    assert answer["trainable_parameters"] == result.trainable_parameters


@pytest.mark.parametrize(("epochs", "rows"), [(4, 4), (1, 8)])
def test_training_prints_the_tables_rows_beside_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], epochs: int, rows: int
) -> None:
    monkeypatch.setattr(nasbench_pytorch.training, "load_data", lambda *_: tiny_data())
    table = benchmark_of(tmp_path, invented_records())
    module_hash = NAMED_CELLS["inception"].spec.hash_spec()
    arguments = ["train", "--hash", module_hash, "--table", str(table.table.path), *QUICK]
    assert main([*arguments, "--epochs", str(epochs), "--out", str(tmp_path / "run")]) == 0
    text = capsys.readouterr().out
    expected = describe_rows(table, module_hash, epochs if epochs == 4 else None)
    assert "\n".join(expected) in text
    assert len(expected) == 2 + rows


def test_a_mistyped_table_is_an_error_before_the_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "inception", "--table", "none.arrow", *QUICK, "--out", str(tmp_path / "run")]) == 2
    assert "none.arrow: No such file" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_missing_cell_is_described_as_missing(tmp_path: Path) -> None:
    table = benchmark_of(tmp_path, invented_records())
    assert describe_rows(table, "0" * 32) == [f"table.arrow does not have cell {'0' * 32}"]
    inception = NAMED_CELLS["inception"].spec.hash_spec()
    assert describe_rows(table.table, inception, 36) == [
        f"table.arrow has no training of cell {inception} at 36 epochs"
    ]


def test_a_network_is_built_from_a_hash_alone() -> None:
    spec = NAMED_CELLS["inception"].spec
    network = Network.from_hash(spec.hash_spec(), stem_out_channels=8, num_modules_per_stack=1)
    assert network.spec.hash_spec() == spec.hash_spec()
    assert network.skeleton.stem_out_channels == 8
    with pytest.raises(ValueError, match="none of the 423,624 cells"):
        Network.from_hash("f" * 32)
