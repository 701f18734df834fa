from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.space import NAMED_CELLS, Skeleton
from nasbench_pytorch.table import NASBench, TableBuilder, TableFile, export_tfrecord, import_tfrecord, merge
from nasbench_pytorch.table.tfrecord.exporter import read_back
from nasbench_pytorch.table.tfrecord.frames import frame
from nasbench_pytorch.table.tfrecord.record import Record
from nasbench_pytorch.table.tfrecord.record import encode as encode_record
from tests.helpers.table_odd_records import ODD_FORMS
from tests.helpers.table_samples import SPECS, invented_records, table_of, write_file

if TYPE_CHECKING:
    from nasbench_pytorch.table.merge_conflicts import OnConflict

INCEPTION = NAMED_CELLS["inception"].spec


def test_parts_of_a_table_merge_to_the_whole(tmp_path: Path) -> None:
    records = invented_records()
    cells = sorted({record.hash for record in records})
    first = [record for record in records if record.hash in cells[::2]]
    second = [record for record in records if record.hash in cells[1::2]]
    report = merge(table_of(tmp_path, first, "a"), table_of(tmp_path, second, "b"), tmp_path / "m.arrow")
    assert (report.metadata.rows, report.same, report.conflicts) == (len(records), 0, 0)
    export_tfrecord(TableFile(tmp_path / "m.arrow"), tmp_path / "m.tfrecord")
    assert (tmp_path / "m.tfrecord").read_bytes() == write_file(tmp_path / "w", records).read_bytes()


def test_rows_that_both_have_are_kept_once(tmp_path: Path) -> None:
    records = invented_records()
    whole, part = table_of(tmp_path, records, "a"), table_of(tmp_path, records[:9], "b")
    assert merge(part, whole, tmp_path / "m.arrow").same == 9
    merged = TableFile(tmp_path / "m.arrow")
    assert {repr(row) for row in read_back(merged)} == {repr(row) for row in records}
    assert merged.rows == len(records)


def test_a_conflict_is_refused_or_resolved_as_requested(tmp_path: Path) -> None:
    records = invented_records(SPECS[:2], (4,))
    other = list(records)
    other[1] = dataclasses.replace(records[1], values=records[2].values)
    first, second = table_of(tmp_path, records, "a"), table_of(tmp_path, other, "b")
    with pytest.raises(InputError, match=f"repeat 1 of cell {records[1].hash} at 4 epochs.*--on-conflict"):
        merge(first, second, tmp_path / "m.arrow")
    assert not (tmp_path / "m.arrow").exists()
    cases: list[tuple[OnConflict, Record]] = [("first", records[1]), ("last", other[1])]
    for choice, expected in cases:
        report = merge(first, second, tmp_path / "m.arrow", choice)
        assert (report.same, report.conflicts, report.metadata.rows) == (5, 1, 6)
        table = NASBench(tmp_path / "m.arrow")
        answer = table.query(table.spec(records[1].hash), 4, repeat=1)
        assert answer["test_accuracy"] == expected.values[14]
    merge(first, second, tmp_path / "m.arrow", "renumber")
    table = NASBench(tmp_path / "m.arrow")
    answers = [table.query(table.spec(records[1].hash), 4, repeat=repeat)["test_accuracy"] for repeat in range(4)]
    assert answers == [record.values[14] for record in (*records[:3], other[1])]


def test_extra_columns_are_joined_and_null_for_tables_without_them(tmp_path: Path) -> None:
    point = Evaluation(4, 40, 8.0, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0)
    for name, repeat, extra_columns in (
        ("a", 0, {"seed": 1, "note": "x"}),
        ("b", 1, {"seed": 1.5, "curve": [1.0, 2.0]}),
    ):
        builder = TableBuilder()
        builder.add(INCEPTION, 4, repeat, [point], extra_columns=extra_columns)
        builder.write(tmp_path / f"{name}.arrow")
    merge(TableFile(tmp_path / "a.arrow"), TableFile(tmp_path / "b.arrow"), tmp_path / "m.arrow")
    rows = NASBench(tmp_path / "m.arrow").to_arrow().to_pylist()
    assert [(row["seed"], row["note"], row["curve"]) for row in rows] == [(1.0, "x", None), (1.5, None, [1.0, 2.0])]


def test_tables_of_different_trainings_are_not_mixed(tmp_path: Path) -> None:
    point = Evaluation(4, 40, 8.0, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0)
    builders = {
        "a": TableBuilder(),
        "b": TableBuilder(evaluation_images=1000),
        "c": TableBuilder(skeleton=Skeleton(num_stacks=1)),
    }
    for name, builder in builders.items():
        builder.add(INCEPTION, 4, 0, [point])
        builder.write(tmp_path / f"{name}.arrow")
    first = TableFile(tmp_path / "a.arrow")
    with pytest.raises(InputError, match="different evaluation_images"):
        merge(first, TableFile(tmp_path / "b.arrow"), tmp_path / "m.arrow")
    with pytest.raises(InputError, match="different skeleton"):
        merge(first, TableFile(tmp_path / "c.arrow"), tmp_path / "m.arrow")


def test_a_cell_with_other_parameters_in_the_other_table_is_refused(tmp_path: Path) -> None:
    records = invented_records(SPECS[:1], (4,))
    other = [dataclasses.replace(record, trainable_parameters=7) for record in records]
    with pytest.raises(InputError, match="another number of trainable parameters"):
        merge(table_of(tmp_path, records, "a"), table_of(tmp_path, other, "b"), tmp_path / "m.arrow")


def test_a_merge_keeps_records_in_their_original_form(tmp_path: Path) -> None:
    records = invented_records()
    texts = [encode_record(record) for record in records]
    texts[20] = ODD_FORMS["unknown field"](records[20])
    data = b"".join(map(frame, texts))
    (tmp_path / "a.tfrecord").write_bytes(data)
    import_tfrecord(tmp_path / "a.tfrecord", tmp_path / "a.arrow")
    merge(table_of(tmp_path, records[:3], "b"), TableFile(tmp_path / "a.arrow"), tmp_path / "m.arrow")
    export_tfrecord(TableFile(tmp_path / "m.arrow"), tmp_path / "m.tfrecord")
    assert (tmp_path / "m.tfrecord").read_bytes() == data
