from __future__ import annotations

import dataclasses
import pickle
import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nasbench_pytorch import api
from nasbench_pytorch.space import NAMED_CELLS, ModelSpec
from nasbench_pytorch.table import MissingRowError, NASBench, UnknownHashError
from tests.helpers.table_samples import SPECS, benchmark_of, invented_records, record_of

if TYPE_CHECKING:
    from nasbench_pytorch.table.tfrecord.record import Record

INCEPTION = NAMED_CELLS["inception"].spec
METRICS = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return invented_records()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> NASBench:
    return benchmark_of(tmp_path_factory.mktemp("benchmark"), records)


def rows_of(records: list[Record], spec: ModelSpec, epochs: int) -> list[Record]:
    return [record for record in records if record.hash == spec.hash_spec() and record.epochs == epochs]


def final(record: Record) -> tuple[float | None, ...]:
    return record.values[11:15]


def test_queries_draw_repeats_as_the_original_does(tmp_path: Path, records: list[Record]) -> None:
    table = benchmark_of(tmp_path, records, seed=7)
    reference = random.Random(7)
    spent, epochs_spent = 0.0, 0
    for turn in range(60):
        spec, epochs, halfway = SPECS[turn % len(SPECS)], (4, 108)[turn % 2], turn % 3 == 0
        answer = table.query(spec, epochs=epochs, stop_halfway=halfway)
        chosen = rows_of(records, spec, epochs)[reference.randint(0, 2)]
        expected = chosen.values[6:10] if halfway else final(chosen)
        assert tuple(answer[name] for name in METRICS) == expected
        assert expected[0] is not None
        spent += expected[0]
        epochs_spent += epochs // 2 if halfway else epochs
    assert table.get_budget_counters() == (spent, epochs_spent)
    table.reset_budget_counters()
    assert table.get_budget_counters() == (0.0, 0)


def test_a_query_returns_the_stored_cell_with_the_original_types(table: NASBench) -> None:
    renumbered = ModelSpec(
        [
            [int(digit) for digit in row]
            for row in ["0111010", "0000001", "0000001", "0000100", "0000001", "0000001", "0000000"]
        ],
        ["input", "conv1x1-bn-relu", "maxpool3x3", "conv3x3-bn-relu", "conv3x3-bn-relu", "conv3x3-bn-relu", "output"],
    )
    answer = table.query(renumbered)
    assert list(answer) == ["module_adjacency", "module_operations", "trainable_parameters", *METRICS]
    assert answer["module_adjacency"].dtype == np.int8
    assert answer["module_adjacency"].tolist() == INCEPTION.original_matrix.tolist()
    assert answer["module_operations"] == INCEPTION.original_ops
    assert (type(answer["trainable_parameters"]), answer["trainable_parameters"]) == (int, 2694282)
    assert all(type(answer[name]) is float for name in METRICS)


def test_answers_are_copies(table: NASBench) -> None:
    first, computed = table.get_metrics_from_spec(INCEPTION)
    first["module_adjacency"][:] = 0
    first["module_operations"].clear()
    computed.clear()
    again, computed_again = table.get_metrics_from_spec(INCEPTION)
    assert again["module_adjacency"].sum() == 9
    assert len(again["module_operations"]) == 7
    assert list(computed_again) == [4, 108]


def test_all_metrics_of_a_cell_have_the_order_of_the_file(table: NASBench, records: list[Record]) -> None:
    _, computed = table.get_metrics_from_hash(INCEPTION.hash_spec())
    for epochs, repeats in computed.items():
        for found, record in zip(repeats, rows_of(records, INCEPTION, epochs), strict=True):
            assert tuple(found[f"final_{name}"] for name in METRICS) == final(record)
            assert tuple(found[f"halfway_{name}"] for name in METRICS) == record.values[6:10]
            assert len(found) == 8


def test_hashes_are_iterated_in_the_order_of_the_file(tmp_path: Path, records: list[Record]) -> None:
    shuffled = list(records)
    random.Random(5).shuffle(shuffled)
    table = benchmark_of(tmp_path, shuffled)
    assert list(table.hash_iterator()) == list(dict.fromkeys(record.hash for record in shuffled))
    assert list(table) == sorted(table.hash_iterator())


INVALID = {
    "invalid spec, provided graph is disconnected.": ModelSpec([[0, 0], [0, 0]], ["input", "output"]),
    "too many vertices, got 8 (max vertices = 7)": ModelSpec(np.eye(8, k=1), ["input", *["maxpool3x3"] * 6, "output"]),
    "too many edges, got 10 (max edges = 9)": NAMED_CELLS["inception-resnet"].spec,
    "first operation should be 'input'": ModelSpec([[0, 1], [0, 0]], ["in", "output"]),
    "last operation should be 'output'": ModelSpec([[0, 1], [0, 0]], ["input", "out"]),
    "unsupported op conv5x5 (available ops = ['conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3'])": ModelSpec(
        np.eye(3, k=1), ["input", "conv5x5", "output"]
    ),
}


@pytest.mark.parametrize("message", INVALID)
def test_specs_outside_of_the_space_are_refused_in_the_original_words(table: NASBench, message: str) -> None:
    before = table.get_budget_counters()
    for ask in (table.query, table.get_metrics_from_spec):
        with pytest.raises(api.OutOfDomainError) as error:
            ask(INVALID[message])
        assert str(error.value) == message
    assert not table.is_valid(INVALID[message])
    assert INVALID[message] not in table
    assert table.get_budget_counters() == before


def test_the_error_for_missing_epochs_lists_the_tables_epochs(table: NASBench) -> None:
    assert table.valid_epochs == {4, 108}
    with pytest.raises(api.OutOfDomainError, match=r"invalid number of epochs, must be one of \[4, 108\]"):
        table.query(INCEPTION, epochs=36)


def test_a_cell_that_is_not_in_the_table_is_a_readable_key_error(table: NASBench) -> None:
    absent = ModelSpec(np.eye(3, k=1), ["input", "conv1x1-bn-relu", "output"])
    assert table.is_valid(absent)
    with pytest.raises(KeyError) as error:
        table.query(absent)
    assert str(error.value) == f"hash '{absent.hash_spec()}' is not among the 6 cells of table.arrow"
    for text in ("", "0" * 32, "xyz", INCEPTION.hash_spec().upper(), INCEPTION.hash_spec()[:-1] + "1"):
        assert text not in table
        with pytest.raises(UnknownHashError):
            table.get_metrics_from_hash(text)


def test_config_names_the_original_bounds(table: NASBench) -> None:
    config = table.config
    assert (config["module_vertices"], config["max_edges"], config["num_repeats"]) == (7, 9, 3)
    assert config["available_ops"] == ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"]


def test_a_query_can_select_a_repeat(tmp_path: Path, records: list[Record]) -> None:
    table = benchmark_of(tmp_path, records)
    rows = rows_of(records, INCEPTION, 4)
    for repeat, record in enumerate(rows):
        answer = table.query(INCEPTION, 4, repeat=repeat)
        assert tuple(answer[name] for name in METRICS) == final(record)
    assert table.get_budget_counters()[1] == 12


def test_a_mean_charges_all_the_trainings_that_it_averages(tmp_path: Path, records: list[Record]) -> None:
    table = benchmark_of(tmp_path, records)
    answer = table.query(INCEPTION, 108, stop_halfway=True, repeat="mean")
    times, *accuracies = zip(*(record.values[6:10] for record in rows_of(records, INCEPTION, 108)), strict=True)
    assert answer["training_time"] == pytest.approx(np.mean(times))
    assert [answer[name] for name in METRICS[1:]] == pytest.approx([np.mean(values) for values in accuracies])
    seconds, epochs = table.get_budget_counters()
    assert seconds == pytest.approx(sum(times))
    assert epochs == 3 * 54


def test_missing_rows_are_never_invented(tmp_path: Path) -> None:
    kept = [record for index, record in enumerate(invented_records(SPECS[:2])) if index not in (1, 3, 4, 5)]
    table = benchmark_of(tmp_path, kept)
    first, second = (table.spec(module_hash) for module_hash in table)
    assert len(table.get_metrics_from_spec(first)[1][4]) == 2
    with pytest.raises(MissingRowError, match=r"no training of cell .* at 108 epochs; it has \[4\]"):
        table.query(first, 108)
    with pytest.raises(MissingRowError, match=r"no repeat 2 of cell .* at 4 epochs; it has the repeats \[0, 1\]"):
        table.query(first, 4, repeat=2)
    assert {table.query(first, 4)["test_accuracy"] for _ in range(40)} == {kept[0].values[14], kept[1].values[14]}
    assert np.isnan(table.lookup([first.hash_spec()], "test_accuracy", 108)).all()
    assert table.query(second, 108)


@pytest.mark.parametrize("repeat", ["median", -1, 1.5, None])
def test_an_invalid_repeat_is_refused(table: NASBench, repeat: object) -> None:
    with pytest.raises(ValueError, match="repeat must be 0, 1, 2"):
        table.query(INCEPTION, repeat=repeat)  # type: ignore[arg-type]


def test_a_pickled_object_keeps_its_state_and_carries_no_rows(tmp_path: Path, records: list[Record]) -> None:
    table = benchmark_of(tmp_path, records, seed=3)
    table.query(INCEPTION)
    text = pickle.dumps(table)
    assert len(text) < 6000
    copy = pickle.loads(text)
    assert copy.get_budget_counters() == table.get_budget_counters()
    assert [copy.query(INCEPTION)["test_accuracy"] for _ in range(9)] == [
        table.query(INCEPTION)["test_accuracy"] for _ in range(9)
    ]


def test_a_cell_is_found_by_spec_hash_and_position(table: NASBench) -> None:
    assert len(table) == len(SPECS)
    for index, module_hash in enumerate(table):
        assert table.index_of(module_hash) == table.index_of(table.spec(module_hash)) == index
        assert module_hash in table
        assert table.spec(module_hash) in table
    assert 7 not in table


def test_the_space_of_a_table_is_its_cells(table: NASBench) -> None:
    assert table.space.hashes() == list(table)


def test_two_cells_with_the_same_first_half_of_the_hash_are_told_apart(tmp_path: Path) -> None:
    base = invented_records(SPECS[:1], (4,), 1)[0]
    records = [dataclasses.replace(base, hash="ab" * 8 + f"{index:016x}", epochs=4 + index) for index in (1, 5, 9)]
    table = benchmark_of(tmp_path, records)
    for record in records:
        assert list(table.get_metrics_from_hash(record.hash)[1]) == [record.epochs]
    assert "ab" * 8 + f"{3:016x}" not in table
    assert np.isfinite(table.lookup([records[2].hash], "test_accuracy", 13)).all()
    with pytest.raises(UnknownHashError):
        table.lookup(["ab" * 8 + f"{3:016x}"], "test_accuracy", 13)


def test_eight_vertices_are_valid_where_the_table_has_such_cells(tmp_path: Path) -> None:
    chain = ModelSpec(np.eye(8, k=1), ["input", *["maxpool3x3"] * 6, "output"])
    table = benchmark_of(tmp_path, [record_of(chain, 4, invented_records()[0].values)])
    assert table.config["module_vertices"] == 8
    assert table.query(chain, 4)["module_operations"] == chain.ops
