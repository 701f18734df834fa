"""Exports for other programs: what they read back is what the table holds."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.table import NASBench, TableBuilder, TableFile, export_tfrecord, import_tfrecord
from nasbench_pytorch.table.default_table import EMBEDDED_TABLE
from nasbench_pytorch.table.export.flat_export import export_flat
from tests.helpers.table_samples import SPECS, invented_records, table_of, write_file

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = pytest.importorskip("pandas")

SMALL = ModelSpec([[0, 1], [0, 0]], ["input", "output"])


@pytest.fixture
def table(tmp_path: Path) -> NASBench:
    return NASBench(table_of(tmp_path, invented_records()).path)


def check_specs(table: NASBench, frame: pd.DataFrame) -> None:
    assert len(frame) == table.table.rows
    cells = zip(frame["hash"], frame.module_adjacency, frame.module_operations, strict=True)
    for module_hash, matrix, operations in cells:
        assert ModelSpec(matrix, operations) == table.spec(module_hash)
    expected = table.to_arrow().column("test_accuracy").to_numpy()
    assert np.array_equal(frame.test_accuracy.to_numpy(), expected)


def test_cells_read_back_from_csv_are_the_tables(table: NASBench, tmp_path: Path) -> None:
    export_flat(table.table, tmp_path / "t.csv", "csv")
    check_specs(table, pd.read_csv(tmp_path / "t.csv"))
    table.to_pandas().to_csv(tmp_path / "p.csv", index=False)
    check_specs(table, pd.read_csv(tmp_path / "p.csv"))


def test_a_table_of_two_vertices_keeps_its_zeros(tmp_path: Path) -> None:
    table = NASBench(table_of(tmp_path, invented_records([SMALL])).path)
    table.to_pandas().to_csv(tmp_path / "p.csv", index=False)
    frame = pd.read_csv(tmp_path / "p.csv")
    assert set(frame.module_adjacency) == {"01 00"}
    check_specs(table, frame)


def test_the_embedded_table_becomes_a_data_frame() -> None:
    table = NASBench(EMBEDDED_TABLE)
    frame = table.to_pandas()
    assert len(frame) == 546
    assert frame.hardware.cat.categories.is_unique
    assert frame.hardware.tolist() == table.table.extra_column("hardware").to_pylist()


def test_no_cell_of_a_csv_file_is_a_formula(tmp_path: Path) -> None:
    builder = TableBuilder()
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "plain", None]
    for repeat, text in enumerate(texts):
        builder.add(SMALL, 4, repeat, [], extra_columns={"note": text, "=cmd()": "a", "number": -1.5})
    builder.write(tmp_path / "t.arrow")
    export_flat(TableFile(tmp_path / "t.arrow"), tmp_path / "t.csv", "csv")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as stream:
        header, *rows = csv.reader(stream)
    assert "'=cmd()" in header
    notes = [row[header.index("note")] for row in rows]
    assert notes == [*(f"'{text}" for text in texts[:6] if text), "plain", ""]
    assert {row[header.index("number")] for row in rows} == {"-1.5"}


def test_the_ending_decides_the_format(
    table: NASBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = str(table.table.path)
    for name, beginning in (("a.csv", b'"hash"'), ("a.parquet", b"PAR1"), ("a.tfrecord", b""), ("a.CSV", b'"hash"')):
        assert main(["table", "export", source, "--out", name]) == 0
        assert Path(name).read_bytes().startswith(beginning)
    assert Path("a.tfrecord").read_bytes() == (tmp_path / "table.tfrecord").read_bytes()
    capsys.readouterr()
    for arguments, reason in (
        (["--out", "b.csv", "--format", "tfrecord"], "its ending promises csv"),
        (["--out", "b.tfrecord", "--format", "csv"], "its ending promises tfrecord"),
        (["--out", "b.arrow", "--format", "tfrecord"], "its ending promises arrow"),
        (["--out", "b.txt"], "one of .tfrecord, .parquet, .csv"),
        (["--out", "b.arrow"], "one of .tfrecord, .parquet, .csv"),
    ):
        assert main(["table", "export", source, *arguments]) == 2
        error = capsys.readouterr().err
        assert reason in error
        assert error.count("\n") == 1
    assert not list(tmp_path.glob("b.*"))
    assert main(["table", "export", source, "--out", "b.data", "--format", "csv"]) == 0


def test_no_function_writes_one_format_under_the_name_of_another(table: NASBench, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.csv' as tfrecord"):
        export_tfrecord(table.table, tmp_path / "t.csv")
    formats: tuple[Literal["csv", "parquet"], ...] = ("csv", "parquet")
    for kind in formats:
        with pytest.raises(InputError, match=f"as {kind}"):
            export_flat(table.table, tmp_path / "t.arrow", kind)
    with pytest.raises(InputError, match=r"t\.parquet' as arrow"):
        import_tfrecord(tmp_path / "table.tfrecord", tmp_path / "t.parquet")


def test_an_export_says_where_the_originals_api_would_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    records = invented_records()
    write_file(tmp_path / "whole.tfrecord", records)
    write_file(tmp_path / "two.tfrecord", invented_records(repeats=2))
    write_file(tmp_path / "some.tfrecord", records[1:-3])
    for name, count in (("whole", 0), ("two", 2 * len(SPECS)), ("some", 2)):
        import_tfrecord(f"{name}.tfrecord", f"{name}.arrow")
        capsys.readouterr()
        assert main(["table", "export", f"{name}.arrow", "--out", f"{name}.back.tfrecord"]) == 0
        error = capsys.readouterr().err
        assert ("draws one of three" in error) == (count > 0)
        assert not count or f"note: {count} times a cell has fewer than three trainings" in error
        assert export_tfrecord(TableFile(f"{name}.arrow"), "again.tfrecord").few_repeats == count
