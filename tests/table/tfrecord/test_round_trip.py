from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.table import TableFile, export_tfrecord, import_tfrecord
from nasbench_pytorch.table.tfrecord.exporter import read_back
from nasbench_pytorch.table.tfrecord.frames import frame, read_records
from nasbench_pytorch.table.tfrecord.record import Record
from nasbench_pytorch.table.tfrecord.record import encode as encode_record
from tests.helpers.table_odd_records import ODD_FORMS
from tests.helpers.table_samples import invented_records, record_of, write_file


def round_trip(data: bytes, folder: Path, chunk_bytes: int = 1 << 22) -> tuple[TableFile, bytes]:
    source, table, back = folder / "a.tfrecord", folder / "a.arrow", folder / "b.tfrecord"
    source.write_bytes(data)
    import_tfrecord(source, table, chunk_bytes=chunk_bytes)
    opened = TableFile(table)
    report = export_tfrecord(opened, back)
    assert report.same_as_source is (back.read_bytes() == data)
    return opened, back.read_bytes()


@pytest.mark.parametrize("chunk_bytes", [100, 1000, 1 << 20])
def test_an_export_is_byte_equal_to_its_import(tmp_path: Path, chunk_bytes: int) -> None:
    records = invented_records()
    data = write_file(tmp_path / "w", records).read_bytes()
    table, back = round_trip(data, tmp_path, chunk_bytes)
    assert back == data
    assert table.positions is None
    assert table.records is None
    assert list(read_back(table)) == records


def test_rows_in_any_order_keep_the_order_of_the_file(tmp_path: Path) -> None:
    records = invented_records()
    random.Random(1).shuffle(records)
    data = write_file(tmp_path / "w", records).read_bytes()
    table, back = round_trip(data, tmp_path, 2000)
    assert back == data
    assert list(read_back(table)) == records


@pytest.mark.parametrize("form", ODD_FORMS)
def test_a_record_in_another_form_is_kept_in_that_form(tmp_path: Path, form: str) -> None:
    records = invented_records()
    texts = [encode_record(record) for record in records]
    for index in (0, 5, len(records) - 1):
        texts[index] = ODD_FORMS[form](records[index])
    data = b"".join(map(frame, texts))
    table, back = round_trip(data, tmp_path)
    assert back == data
    assert table.records is not None
    assert table.records.null_count == len(records) - 3
    if form not in ("empty evaluation",):
        assert [row.values for row in read_back(table)] == [record.values for record in records]


@pytest.mark.parametrize("lacking", [{0}, {6}, {11, 12}, {15}, set(range(16)) - {5, 10, 0}])
def test_a_record_without_some_fields_has_gaps_in_the_table_and_comes_back(tmp_path: Path, lacking: set[int]) -> None:
    records = invented_records()
    values = tuple(None if index in lacking else value for index, value in enumerate(records[4].values))
    records[4] = dataclasses.replace(records[4], values=values)
    records[7] = dataclasses.replace(records[7], trainable_parameters=None)
    data = write_file(tmp_path / "w", records).read_bytes()
    table, back = round_trip(data, tmp_path)
    assert back == data
    rows = list(read_back(table))
    assert rows[4].values == values
    missing = table.missing("test_accuracy")
    assert (missing is not None and missing[4]) == (14 in lacking)


def test_records_of_one_hash_with_another_graph_come_back_unchanged(tmp_path: Path) -> None:
    records = invented_records()
    other = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    twin = ModelSpec(other, ["input", "conv3x3-bn-relu", "conv1x1-bn-relu", "output"])
    mirrored = ModelSpec(other, ["input", "conv1x1-bn-relu", "conv3x3-bn-relu", "output"])
    assert twin.hash_spec() == mirrored.hash_spec()
    records.insert(3, record_of(twin, 4, records[0].values))
    records.append(record_of(mirrored, 4, records[1].values))
    data = write_file(tmp_path / "w", records).read_bytes()
    for chunk_bytes in (1000, 1 << 20):
        table, back = round_trip(data, tmp_path, chunk_bytes)
        assert back == data
        cell = table.find(twin.hash_spec())
        assert cell is not None
        shown = list(read_back(table))[3]
        assert shown.operations == tuple(twin.ops or ())


def test_operations_of_any_name_come_back(tmp_path: Path) -> None:
    names = ["input", 'quo"te', "größe", "conv5x5", "back\\slash", "output"]
    matrix = np.triu(np.ones((6, 6), np.int8), 1).tobytes()
    first = invented_records()[0]
    record = dataclasses.replace(first, adjacency=matrix, operations=tuple(names), hash="ab" * 16)
    data = write_file(tmp_path / "w", [first, record, record]).read_bytes()
    table, back = round_trip(data, tmp_path)
    assert back == data
    assert set(names) <= set(table.operation_names)


def test_an_import_gives_the_same_file_every_time(tmp_path: Path) -> None:
    source = write_file(tmp_path / "w", invented_records())
    for name in ("a", "b"):
        import_tfrecord(source, tmp_path / name, chunk_bytes=700)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


any_double = st.floats() | st.sampled_from([0.0, -0.0, float("nan"), float("inf"), 0.5, 54.0])
drawn_records = st.builds(
    lambda base, epochs, values, parameters: dataclasses.replace(
        base, epochs=epochs, values=tuple(values), trainable_parameters=parameters
    ),
    st.sampled_from(invented_records()),
    st.integers(0, 2**32 - 1) | st.sampled_from([4, 108]),
    st.lists(any_double, min_size=16, max_size=16),
    st.none() | st.integers(-(2**31), 2**31 - 1) | st.integers(0, 300),
)


@settings(max_examples=60)
@given(st.lists(drawn_records, min_size=1, max_size=12))
def test_any_numbers_come_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> None:
    folder = tmp_path_factory.mktemp("any")
    data = write_file(folder / "w", records).read_bytes()
    table, back = round_trip(data, folder, 900)
    assert back == data
    assert list(map(repr, read_back(table))) == list(map(repr, records)) or table.records is not None
    assert len(list(read_records(folder / "b.tfrecord"))) == len(records)
