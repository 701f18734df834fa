"""A table as a blackbox of syne-tune: the files, and what syne-tune reads from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.adapters.syne_tune_blackbox import OBJECTIVES, export_syne_tune
from nasbench_pytorch.search.encoded_parameters import parameter_encoding
from nasbench_pytorch.table import NASBench


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_syne_tune(tmp_path_factory.mktemp("blackbox") / "nasbench101", "mini")


def repeats_of(table: NASBench, values: dict[str, Any], epochs: int) -> list[dict[str, float]]:
    spec = parameter_encoding("a").cell(values)
    assert spec is not None
    return table.get_metrics_from_spec(spec)[1][epochs]


def test_every_cell_of_the_table_stands_there_once_with_its_numbers(folder: Path) -> None:
    table = NASBench("mini")
    rows = pq.read_table(folder / "hyperparameters.parquet").to_pylist()
    objectives = np.load(folder / "objectives_evaluations.npy")
    epochs = np.load(folder / "fidelities_values.npy").tolist()
    assert epochs == [4, 12] and objectives.shape == (1, len(rows), 3, 2, len(OBJECTIVES))
    assert {parameter_encoding("a").cell(row).hash_spec() for row in rows} == set(table)  # type: ignore[union-attr]
    for row, values in list(zip(rows, objectives[0], strict=True))[::9]:
        spent = np.zeros(3)
        for budget, epoch in enumerate(epochs):
            known = sorted(repeats_of(table, row, epoch), key=lambda repeat: repeat["final_training_time"])
            found = values[np.argsort(values[:, budget, 3]), budget]
            for name, column in (("validation", 0), ("test", 1), ("train", 2)):
                expected = [1 - repeat[f"final_{name}_accuracy"] for repeat in known]
                np.testing.assert_allclose(found[:, column], expected, atol=1e-6)
            times = [repeat["final_training_time"] for repeat in known]
            np.testing.assert_allclose(found[:, 3], times, rtol=1e-6)
            spent += values[:, budget, 3]
            np.testing.assert_allclose(values[:, budget, 4], spent, rtol=1e-6)  # a promotion pays the whole training


def test_one_budget_is_exported_alone(tmp_path: Path) -> None:
    export_syne_tune(tmp_path, "mini", epochs=[12])
    objectives = np.load(tmp_path / "objectives_evaluations.npy")
    np.testing.assert_array_equal(objectives[..., 3], objectives[..., 4])
    assert json.loads((tmp_path / "fidelityspace.json").read_text())["hp_epoch"]["domain_kwargs"]["upper"] == 12
    with pytest.raises(InputError, match="has no results after 108 epochs; it has 4, 12"):
        export_syne_tune(tmp_path / "other", "mini", epochs=[108])
    assert not (tmp_path / "other").exists()


@pytest.mark.filterwarnings("ignore")
def test_syne_tune_loads_it(folder: Path) -> None:
    pytest.importorskip("fastparquet")
    tabular = pytest.importorskip("syne_tune.blackbox_repository.blackbox_tabular")
    blackbox = tabular.deserialize(folder)["cifar10"]
    table = NASBench("mini")
    assert set(blackbox.configuration_space) == {parameter.name for parameter in parameter_encoding("a").parameters}
    assert blackbox.objectives_names == list(OBJECTIVES)
    configurations = blackbox.all_configurations()
    assert len(configurations) == len(table)
    for configuration in configurations[::20]:
        found = {
            round(float(blackbox(configuration, fidelity={"hp_epoch": 12}, seed=seed)["metric_valid_error"]), 6)
            for seed in range(3)
        }
        known = {round(1 - r["final_validation_accuracy"], 6) for r in repeats_of(table, configuration, 12)}
        assert found == known
    curve = blackbox(configurations[0], seed=0)  # all fidelities
    assert curve.shape == (2, len(OBJECTIVES))
