from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import csv, parquet

from nasbench_pytorch.cli import main
from nasbench_pytorch.cli.table import COMMANDS
from nasbench_pytorch.cli.table.text import describe_table, table_values
from nasbench_pytorch.table.default_table import open_table
from tests.helpers.layout_samples import npenas
from tests.helpers.table_samples import SPECS, invented_records, write_file

INCEPTION = "28cfc7874f6d200472e1a9dcd8650aa0"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_file(tmp_path / "s.tfrecord", invented_records())


def run(*arguments: object) -> int:
    return main(["table", *map(str, arguments)])


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(command, "--help")
    assert stop.value.code == 0
    assert f"nasbench table {command}" in capsys.readouterr().out


def test_an_imported_file_is_exported_unchanged(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("import", source, "--out", "t.arrow") == 0
    assert run("export", "t.arrow", "--out", "back.tfrecord") == 0
    assert "the same bytes that were imported" in capsys.readouterr().out
    assert Path("back.tfrecord").read_bytes() == source.read_bytes()


def test_a_table_is_exported_for_other_programs(source: Path) -> None:
    assert run("export", source, "--format", "parquet", "--out", "t.parquet") == 0
    assert run("export", source, "--format", "csv", "--out", "t.csv") == 0
    from_parquet, from_csv = parquet.read_table("t.parquet"), csv.read_csv("t.csv")
    assert len(from_parquet) == len(from_csv) == 36
    assert from_csv["test_accuracy"].to_pylist() == from_parquet["test_accuracy"].to_pylist()
    assert set(from_csv["hash"].to_pylist()) == {spec.hash_spec() for spec in SPECS}


def test_info_summarises_a_table(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", source, "--fields") == 0
    text = capsys.readouterr().out
    assert "36 trainings" in text
    assert "6 cells with 3 repeats" in text
    assert "halfway_training_time" in text
    assert "origins" not in text


def test_info_says_where_the_values_come_from(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", "mini") == 0
    assert "origins     own: every field" in capsys.readouterr().out.splitlines()
    table = open_table(str(source))
    assert table_values(table)["origins"] == {}
    origins = {"test_accuracy": "guessed", "epochs": "own"}
    table.metadata = replace(table.metadata, about={"origins": origins})
    assert table_values(table)["origins"] == origins
    assert "origins     guessed: test_accuracy; own: every other field" in describe_table(table)


@pytest.mark.parametrize("cell", [["--hash", INCEPTION], ["--cell", "inception"], ["--hash", INCEPTION[:12]]])
def test_a_cell_is_queried_by_any_of_its_names(
    source: Path, capsys: pytest.CaptureFixture[str], cell: list[str]
) -> None:
    assert run("query", source, *cell, "--epochs", 108) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "parameters  2,694,282" in lines
    assert len([line for line in lines if line.startswith("   108")]) == 4
    rows = [record for record in invented_records() if record.hash == INCEPTION and record.epochs == 108]
    assert any(f"{rows[1].values[14]:.4f}" in line for line in lines)


def test_a_cell_is_queried_by_matrix(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("query", source, "--matrix", "011 001 000", "--ops", "maxpool3x3") == 0
    assert SPECS[5].hash_spec() in capsys.readouterr().out


def test_the_best_are_listed(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("best", source, "--n", 2, "--metric", "halfway_validation_accuracy", "--epochs", 4) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["rank", "1", "2"]


def test_verify_prints_its_assumptions_and_fails_on_problems(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", source) == 0
    text = capsys.readouterr().out
    assert "assumed: skeleton of NAS-Bench-101" in text
    assert "all sound" in text
    assert run("verify", source, "--num-stacks", 2) == 1
    text = capsys.readouterr().out
    assert "WRONG: trainable parameters are the skeleton's: 6 fail" in text
    assert "assumed: skeleton" not in text


def test_two_tables_are_compared_and_drawn(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_file(Path("other.tfrecord"), invented_records(seed=1))
    assert run("compare", source, "other.tfrecord", "--epochs", 4, "--json", "c.json", "--plot", "c.png") == 0
    assert len(capsys.readouterr().out.splitlines()) == 8
    lines = json.loads(Path("c.json").read_text())
    assert [(line["epochs"], line["cells"]) for line in lines] == [(4, 6)] * 4
    assert Path("c.png").read_bytes().startswith(b"\x89PNG")


def test_an_import_says_what_it_found_and_what_is_absent(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("foreign")
    folder.mkdir()
    fixed, computed = npenas(folder, invented_records())
    assert run("import", fixed, computed, "--out", "t.arrow") == 0
    text = capsys.readouterr().out
    assert "found       NPENAS's two pickles" in text
    assert "absent      start_current_epoch, start_training_time" in text
    assert "t.arrow: 36 rows" in text
    assert run("import", "foreign", "--out", "u.arrow") == 0
    assert run("info", "t.arrow") == 0
    assert "absent      start_current_epoch" in capsys.readouterr().out
    assert run("export", "t.arrow", "--out", "t.tfrecord") == 0
    assert "the original's API reads 0 for them" in capsys.readouterr().err
    assert run("import", source, "--out", "v.arrow") == 0
    assert "found       the original's tfrecord" in capsys.readouterr().out


def test_tables_are_merged(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_file(Path("part.tfrecord"), invented_records()[:5])
    assert run("merge", "part.tfrecord", source, "--out", "m.arrow") == 0
    assert "36 rows from 5 and 36; 5 were the same, 0 in conflict" in capsys.readouterr().out


def test_a_damaged_file_is_refused_or_salvaged_on_request(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(source.read_bytes())
    data[1000] ^= 1
    source.write_bytes(data)
    assert run("import", source, "--out", "t.arrow") == 2
    assert "record 2 at byte" in capsys.readouterr().err
    assert not Path("t.arrow").exists()
    assert run("import", source, "--out", "t.arrow", "--salvage") == 0
    captured = capsys.readouterr()
    assert "left out: record 2 at byte" in captured.err
    assert "35 rows" in captured.out
    assert "1 damaged place left out" in captured.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["frobnicate"], "unknown command 'frobnicate'"),
        (["info", "none.arrow"], "none.arrow: No such file"),
        (["import", "s.tfrecord", "--out", "t.txt"], "a table's name ends with .arrow"),
        (["import", "--out", "t.arrow"], "no file was named"),
        (["import", "s.tfrecord", "s.tfrecord", "--out", "t.arrow"], "several tables"),
        (["import", "other.txt", "--out", "t.arrow"], "no known layout of a table"),
        (["import", "s.tfrecord", "--out", "nowhere/t.arrow"], "there is no folder nowhere"),
        (["import", "s.tfrecord", "--out", "t.arrow", "--evaluation-images", "0"], "at least 1"),
        (["export", "s.tfrecord", "--out", "nowhere/t"], "there is no folder nowhere"),
        (["query", "s.tfrecord", "--cell", "inception", "--epochs", "5"], "it has [4, 108]"),
        (["query", "s.tfrecord", "--cell", "resnet20"], "not among the 6 cells"),
        (["query", "s.tfrecord", "--cell", "inception-resnet"], "too many edges"),
        (["query", "s.tfrecord"], "no cell was named"),
        (["best", "s.tfrecord", "--metric", "accuracy"], "unknown metric 'accuracy'"),
        (["best", "s.tfrecord", "--epochs", "5"], "must be one of [4, 108]"),
        (["compare", "s.tfrecord", "s.tfrecord", "--plot", "x.txt", "--epochs", "4"], "must end with one of"),
    ],
)
def test_an_expected_error_is_one_line_and_code_2(
    source: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    Path("other.txt").write_text("a text")
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert len(captured.err.splitlines()) == 1
    assert "Traceback" not in captured.err
