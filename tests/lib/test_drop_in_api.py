"""Programs written for the original use this package as they used the original: its dictionaries, specs and seeds."""

from __future__ import annotations

import copy
import pickle
import random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nasbench_pytorch import api
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import train_from_scratch
from tests.helpers.table_samples import benchmark_of, invented_records

if TYPE_CHECKING:
    from pathlib import Path

    from nasbench_pytorch.table import NASBench


@pytest.fixture
def nasbench(tmp_path: Path) -> NASBench:
    return benchmark_of(tmp_path, invented_records(), seed=0)


def test_statistics_are_the_originals_dictionaries(nasbench: NASBench) -> None:
    hashes = list(nasbench.hash_iterator())
    assert list(nasbench.fixed_statistics) == list(nasbench.computed_statistics) == hashes
    assert len(nasbench.fixed_statistics) == len(hashes)
    for module_hash, computed in nasbench.computed_statistics.items():
        fixed, expected = nasbench.get_metrics_from_hash(module_hash)
        assert computed == expected
        assert np.array_equal(nasbench.fixed_statistics[module_hash]["module_adjacency"], fixed["module_adjacency"])
        assert set(computed) <= nasbench.valid_epochs
    with pytest.raises(KeyError):
        nasbench.fixed_statistics["0" * 32]
    assert nasbench.history == {}


def test_changed_entries_are_kept_and_queries_see_them(nasbench: NASBench) -> None:
    module_hash = next(iter(nasbench.hash_iterator()))
    epochs = max(nasbench.computed_statistics[module_hash])
    for repeat in nasbench.computed_statistics[module_hash][epochs]:
        repeat["final_test_accuracy"] = 0.125
    nasbench.fixed_statistics[module_hash]["rank"] = 1
    assert nasbench.fixed_statistics[module_hash]["rank"] == 1
    assert nasbench.query(nasbench.spec(module_hash), epochs)["test_accuracy"] == 0.125
    _, computed = nasbench.get_metrics_from_hash(module_hash)
    assert computed[epochs][0]["final_test_accuracy"] == 0.125
    computed[epochs][0]["final_test_accuracy"] = 0.5
    assert nasbench.computed_statistics[module_hash][epochs][0]["final_test_accuracy"] == 0.125
    with pytest.raises(TypeError, match="cannot be deleted"):
        del nasbench.computed_statistics[module_hash]
    with pytest.raises(KeyError, match="is not in"):
        nasbench.fixed_statistics["0" * 32] = {}


def test_hashes_are_a_view_that_can_be_used_twice(nasbench: NASBench) -> None:
    hashes = nasbench.hash_iterator()
    assert list(hashes) == list(hashes)
    assert len(hashes) == len(nasbench)
    assert next(iter(hashes)) in hashes


def test_without_a_seed_the_global_generator_draws(tmp_path: Path) -> None:
    table = benchmark_of(tmp_path, invented_records(), seed=None)
    specs = [table.spec(module_hash) for module_hash in table]
    random.seed(3)
    first = [table.query(spec)["training_time"] for spec in specs * 5]
    random.seed(3)
    assert [table.query(spec)["training_time"] for spec in specs * 5] == first
    assert pickle.loads(pickle.dumps(table)).query(specs[0]).keys() == table.query(specs[0]).keys()


def test_a_seeded_table_ignores_the_global_generator(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    one, other = (benchmark_of(tmp_path / name, invented_records(), seed=5) for name in "ab")
    specs = [one.spec(module_hash) for module_hash in one] * 5
    answers = [one.query(spec)["training_time"] for spec in specs]
    random.seed(1)
    assert [other.query(spec)["training_time"] for spec in specs] == answers


def test_specs_of_other_classes_are_taken_everywhere(nasbench: NASBench) -> None:
    module_hash = next(iter(nasbench))
    spec = nasbench.spec(module_hash)
    matrix, ops = spec.pruned().matrix, spec.pruned().ops
    others: list[Any] = [
        SimpleNamespace(original_matrix=matrix, original_ops=ops, matrix=matrix, ops=ops, valid_spec=True),
        SimpleNamespace(matrix=matrix.tolist(), ops=tuple(ops)),
        (matrix, ops),
    ]
    for other in others:
        assert nasbench.is_valid(other)
        assert nasbench._hash_spec(other) == module_hash
        assert nasbench.query(other)["module_operations"] == ops
        assert nasbench.get_metrics_from_spec(other)[0]["module_operations"] == ops
        assert other in nasbench
    assert not nasbench.is_valid(SimpleNamespace(matrix=[[0, 0], [0, 0]], ops=["input", "output"]))
    with pytest.raises(InputError, match=r"a cell is a ModelSpec or a \(matrix, ops\) pair, got int"):
        nasbench.query(7)


def test_default_epochs_are_the_largest_of_a_table_without_108() -> None:
    table = api.NASBench("mini")
    spec = table.spec(next(iter(table)))
    assert table.query(spec)["training_time"] > 0
    assert table.best() == table.best(epochs=12)
    assert table.rank(spec) == table.rank(spec, epochs=12)
    assert np.array_equal(table.lookup(list(table)[:3]), table.lookup(list(table)[:3], epochs=12))


def test_config_decides_what_queries_accept(nasbench: NASBench) -> None:
    spec = nasbench.spec(max(nasbench, key=lambda name: len(nasbench.spec(name).pruned().ops)))
    nasbench.config["module_vertices"] = 2
    with pytest.raises(api.OutOfDomainError, match="too many vertices"):
        nasbench.query(spec)


def test_config_decides_how_a_cell_is_trained(
    nasbench: NASBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def remember(spec: Any, data: Any, recipe: Any, **others: Any) -> Any:
        asked.update(recipe=recipe, **others)
        raise InputError("enough")

    monkeypatch.setattr("nasbench_pytorch.training.run_training", remember)
    monkeypatch.setattr("nasbench_pytorch.training.load_data", lambda *_: None)
    nasbench.config |= {"stem_filter_size": 16, "train_epochs": 4, "learning_rate": 0.05, "batch_size": 128}
    nasbench.config["intermediate_evaluations"] = ["0.25", "0.75"]
    with pytest.raises(InputError, match="enough"):
        nasbench.evaluate(nasbench.spec(next(iter(nasbench))), tmp_path)
    recipe = asked["recipe"]
    assert (recipe.epochs, recipe.learning_rate, recipe.batch_size) == (4, 0.1, 128)
    assert recipe.evaluation_points == (0.0, 0.25, 0.75, 1.0)
    assert asked["skeleton"].stem_out_channels == 16


@pytest.mark.parametrize("name", ["use_tpu", "data_format", "train_data_files", "tpu_num_shards"])
def test_a_changed_setting_without_a_counterpart_is_refused(nasbench: NASBench, tmp_path: Path, name: str) -> None:
    nasbench.config[name] = "other"
    with pytest.raises(InputError, match=rf"config\['{name}'\] was changed"):
        nasbench.evaluate(nasbench.spec(next(iter(nasbench))), tmp_path)
    assert train_from_scratch.__name__.endswith("train_from_scratch")


class Labelled(api.ModelSpec):
    """A client's subclass with another constructor and attributes."""

    def __init__(self, rows: list[list[int]], label: str) -> None:
        super().__init__(rows, ["input", "output"])
        self.label = label
        self.graph_hash = ""


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda spec: pickle.loads(pickle.dumps(spec))])
def test_specs_pickle_copy_subclass_and_carry_attributes(copied: Any) -> None:
    spec = Labelled([[0, 1], [0, 0]], "mine")
    spec.graph_hash = spec.hash_spec()
    vars(spec)["note"] = "anything"
    other = copied(spec)
    assert type(other) is Labelled
    assert (other, other.label, other.graph_hash) == (spec, "mine", spec.hash_spec())
    assert vars(other)["note"] == "anything"
    assert np.array_equal(other.pruned().matrix, spec.pruned().matrix)
    assert not other.pruned().matrix.flags.writeable


@pytest.mark.parametrize("name", ["matrix", "ops", "original_matrix", "original_ops"])
def test_a_specs_matrix_and_operations_cannot_be_replaced(name: str) -> None:
    spec = api.ModelSpec([[0, 1], [0, 0]], ["input", "output"])
    with pytest.raises(AttributeError, match=f"{name} of a ModelSpec cannot be replaced"):
        setattr(spec, name, None)
