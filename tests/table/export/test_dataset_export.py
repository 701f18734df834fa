"""Export as a folder for Hugging Face: the rows are the table's bit for bit, and the card can be read."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.table import NASBench, TableBuilder, TableFile
from nasbench_pytorch.table.export import dataset_export
from nasbench_pytorch.table.export.dataset_export import export_dataset
from nasbench_pytorch.table.storage.schema import METADATA_KEY
from tests.helpers.table_samples import invented_records, table_of

CELL = ModelSpec([[0, 1], [0, 0]], ["input", "output"])


def read_back(folder: Path) -> pa.Table:
    return parquet.read_table(folder / "data")


def header_of(folder: Path) -> dict[str, str]:
    """Return the simple lines of the card's YAML."""
    _, yaml, _ = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    pairs = (line.partition(": ") for line in yaml.splitlines() if not line.startswith((" ", "-")))
    return {key: value for key, _, value in pairs}


def same_bits(ours: Any, theirs: Any) -> bool:
    """Return whether two columns have equal values, with numbers compared as bytes and nulls alike."""
    ours, theirs = (column.combine_chunks() for column in (ours, theirs))
    if not pa.types.is_floating(ours.type):
        return bool(ours.to_pylist() == theirs.to_pylist())
    if ours.is_null().to_pylist() != theirs.is_null().to_pylist():
        return False
    one, other = (column.drop_null().to_numpy(zero_copy_only=False) for column in (ours, theirs))
    return bool(one.dtype == other.dtype and one.tobytes() == other.tobytes())


def check_rows(table: TableFile, folder: Path) -> None:
    expected, found = NASBench(table.path).to_arrow(), read_back(folder)
    assert found.column_names == expected.column_names
    assert all(same_bits(found[name], expected[name]) for name in found.column_names)
    assert not any(pa.types.is_dictionary(field.type) for field in found.schema)


@pytest.mark.parametrize("rows_per_file", [1 << 20, 7])
def test_the_rows_are_the_tables_bit_for_bit(
    tmp_path: Path, rows_per_file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_export, "ROWS_PER_FILE", rows_per_file)
    monkeypatch.setattr(dataset_export, "ROWS_AT_A_TIME", 5)
    table = table_of(tmp_path, invented_records())
    written = export_dataset(table, tmp_path / "out", "cc-by-4.0")
    check_rows(table, tmp_path / "out")
    files = sorted(path.name for path in (tmp_path / "out" / "data").iterdir())
    assert (written.rows, written.files) == (36, len(files)) == (36, -(-36 // rows_per_file))
    assert files[-1] == f"train-{len(files) - 1:05}-of-{len(files):05}.parquet"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["README.md", "data"]
    schema = read_back(tmp_path / "out").schema
    assert schema.field("training_time").metadata[b"unit"] == b"s"
    assert json.loads(schema.metadata[METADATA_KEY])["repeats"] == 3


def test_the_embedded_table_is_exported_with_its_licence_and_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mini"
    folder.mkdir()  # an empty folder may be there
    assert main(["table", "export", "mini", "--format", "parquet", "--out", str(folder)]) == 0
    captured = capsys.readouterr()
    assert "546 rows in 1 file, " in captured.out
    assert captured.err == ""
    check_rows(NASBench("mini").table, folder)
    header, card = header_of(folder), (folder / "README.md").read_text(encoding="utf-8")
    assert header["license"] == "apache-2.0"
    assert json.loads(header["pretty_name"]).startswith("mini: a small table of our own")
    assert "    path: data/train-*.parquet\n" in card
    for column in read_back(folder).schema:
        assert f"| `{column.name}` | " in card
    assert "| `training_time` | double | s | time trained so far" in card
    assert "where the values come from: own: every field" in card
    assert "Ying, Chris and Klein, Aaron" in card


def test_what_an_author_wrote_stays_a_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters, pipes and line ends in names and values; lists, structs and missing values."""
    builder = TableBuilder()
    odd = {"a|b\n---\n\x1b[2J": "=1", "curve": [0.5, None], "place": {"city": "x", "rank": 1}, "number": -0.0}
    builder.add(CELL, 4, 0, [], extra_columns=odd)
    builder.add(CELL, 4, 1, [], extra_columns={})
    builder.write(tmp_path / "t.arrow")
    out = str(tmp_path / "out")
    assert main(["table", "export", str(tmp_path / "t.arrow"), "--format", "parquet", "--out", out]) == 0
    assert "the card names no licence; give one with --license" in capsys.readouterr().err
    check_rows(TableFile(tmp_path / "t.arrow"), tmp_path / "out")
    assert np.signbit(read_back(tmp_path / "out")["number"][0].as_py())
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "| `a\\|b --- \\x1b[2J` |" in card
    assert "\x1b" not in card
    assert header_of(tmp_path / "out")["license"] == "unknown"


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(tmp_path, invented_records())

    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(dataset_export, "card_text", full)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(OSError, match="No space left") as raised:
        export_dataset(table, tmp_path / "out")
    assert raised.value.filename == str(tmp_path / "out")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "parquet", "--out", "taken"], "there is something of this name already"),
        (["--format", "parquet", "--out", "file"], "there is something of this name already"),
        (["--format", "parquet", "--out", "new", "--license", "Mine: all"], "give a name as Hugging Face has them"),
        (["--out", "new.parquet", "--license", "mit"], "only a folder has a card"),
    ],
)
def test_bad_input_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").mkdir()
    Path("taken", "x").write_text("mine")
    Path("file").write_text("mine")
    assert main(["table", "export", "mini", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert Path("taken", "x").read_text() == Path("file").read_text() == "mine"
    with pytest.raises(InputError):
        export_dataset(NASBench("mini").table, "taken")
