"""The published rows in the development data give the same answers as the original API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch import api
from nasbench_pytorch.table import export_tfrecord, import_tfrecord, verify
from nasbench_pytorch.table.storage.table_file import TableFile
from tests.helpers.table_samples import column_of


@pytest.fixture(scope="module")
def rows(dev_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    folder = dev_data / "data" / "nasbench101_sample"
    table = tmp_path_factory.mktemp("real") / "real.arrow"
    import_tfrecord(folder / "real_rows.tfrecord", table)
    return folder / "real_rows.tfrecord", table, json.loads((folder / "real_rows.expected.json").read_text())


def test_every_statistic_equals_the_original_apis(rows: tuple[Path, Path, dict[str, Any]]) -> None:
    _, path, expected = rows
    table = api.NASBench(path)
    assert sorted(table.hash_iterator()) == sorted(expected["rows"])
    for module_hash, answer in expected["rows"].items():
        fixed, computed = table.get_metrics_from_hash(module_hash)
        assert fixed["module_adjacency"].tolist() == answer["module_adjacency"]
        assert fixed["module_operations"] == answer["module_operations"]
        assert fixed["trainable_parameters"] == answer["trainable_parameters"]
        assert {str(epochs): repeats for epochs, repeats in computed.items()} == answer["computed"]
        assert api.ModelSpec(answer["module_adjacency"], answer["module_operations"]).hash_spec() == module_hash


def test_the_sequence_of_queries_and_the_budget_equal_the_original_apis(
    rows: tuple[Path, Path, dict[str, Any]],
) -> None:
    _, path, expected = rows
    table = api.NASBench(path, seed=1)
    hashes = sorted(expected["rows"])
    for turn, (module_hash, halfway, *numbers) in enumerate(expected["query_sequence_seed_1_108_epochs"]):
        assert (module_hash, halfway) == (hashes[turn % len(hashes)], turn % 3 == 0)
        answer = table.query(table.spec(module_hash), epochs=108, stop_halfway=halfway)
        assert [*answer.values()][3:] == numbers
    assert list(table.get_budget_counters()) == expected["budget_counters_after"]


def test_the_file_comes_back_byte_for_byte(rows: tuple[Path, Path, dict[str, Any]], tmp_path: Path) -> None:
    source, path, _ = rows
    assert export_tfrecord(TableFile(path), tmp_path / "back").same_as_source
    assert (tmp_path / "back").read_bytes() == source.read_bytes()


def test_the_columns_are_narrow_and_the_rows_sound(rows: tuple[Path, Path, dict[str, Any]]) -> None:
    table = TableFile(rows[1])
    assert {column_of(table, f"{name}_accuracy").encoding.value for name in ("train", "test")} == {"count"}
    assert table.records is None
    assert verify(table).problems == ()
