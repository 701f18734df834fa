"""Names and paths of tables, in Python and at the command line."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nasbench_pytorch import folders
from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import NASBench, default_table
from nasbench_pytorch.table.default_table import choose_table
from nasbench_pytorch.table.named import built, registry
from nasbench_pytorch.table.named.folder import path_of_name
from tests.helpers.table_samples import SPECS, invented_records, table_of, write_file


@pytest.fixture
def mine(tmp_path: Path, table_folder: Path) -> Path:
    """A table in the user's folder, named mine."""
    table_folder.mkdir(parents=True)
    table_of(tmp_path, invented_records(), "source").path.rename(path_of_name("mine"))
    return path_of_name("mine")


@pytest.fixture
def builders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Predictions and builders that make a small table; returns the destinations that were asked for."""
    made: list[Path] = []
    source = table_of(tmp_path, invented_records(seed=3), "predictions").path

    def build(*arguments: Any) -> None:
        made.append(arguments[-1])
        arguments[-1].write_bytes(source.read_bytes())

    means = tmp_path / "predicted.npz"
    means.write_bytes(b"predictions")
    monkeypatch.setattr(built, "PREDICTED_MEANS", means)
    monkeypatch.setattr(built, "builders_are_here", means.is_file)
    monkeypatch.setattr(built, "builder", lambda function, name: build)
    monkeypatch.setenv(folders.CACHE_VARIABLE, str(tmp_path / "cache"))
    return made


def run(*arguments: object) -> int:
    return main(["table", *map(str, arguments)])


def test_a_name_is_a_table_and_wins_over_a_file(mine: Path, tmp_path: Path) -> None:
    table_of(tmp_path, invented_records(SPECS[:2]), "other").path.rename(tmp_path / "mine")
    assert NASBench("mine").table.path == mine
    assert len(NASBench("./mine")) == len(NASBench(Path("mine"))) == len(NASBench(str(tmp_path / "mine"))) == 2
    assert len(NASBench("mini")) == 91


def test_every_command_that_takes_a_table_takes_a_name(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["info", "mine"],
        ["query", "mine", "inception"],
        ["best", "mine", "--epochs", "4"],
        ["verify", "mine"],
        ["export", "mine", "--out", "x.csv"],
        ["merge", "mine", "mine", "--out", "m.arrow"],
        ["compare", "mine", "mine"],
    ):
        assert run(*words) == 0, (words, capsys.readouterr().err)
    capsys.readouterr()
    for words in (["campaign", "plan", "--missing-from", "mien"], ["train", "inception", "--table", "mien"]):
        assert main(words) == 2
        assert "no table and no file named 'mien'" in capsys.readouterr().err


def test_a_name_stays_a_name_and_a_file_becomes_absolute(mine: Path, tmp_path: Path) -> None:
    assert default_table.name_or_absolute("mine") == "mine"
    assert default_table.name_or_absolute("./mine") == str(tmp_path / "mine")
    with pytest.raises(InputError, match="did you mean mine"):
        default_table.name_or_absolute("minee")


def test_the_variable_holds_a_name_or_a_file(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(folders.TABLE_VARIABLE, "mine")
    assert NASBench().table.path == mine
    monkeypatch.setenv(folders.TABLE_VARIABLE, str(mine))
    assert NASBench().table.path == mine
    monkeypatch.setenv(folders.TABLE_VARIABLE, "nothing")
    with pytest.raises(InputError, match="no table and no file named 'nothing'"):
        NASBench()


def test_a_table_of_a_name_is_pickled_by_its_file(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pickled = pickle.dumps(NASBench("mine"))
    monkeypatch.setenv(folders.TABLE_FOLDER_VARIABLE, "elsewhere")
    assert pickle.loads(pickled).table.path == mine


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("fulll", "tables with names: full, only108, semireal, predicted, mini; did you mean full"),
        ("Mini", "did you mean mini"),
        ("full", "nasbench table download full .2.1 GB., or, with a copy of it, nasbench table import nasbench_full"),
        ("only108", "is not on this machine: .* tables that are here: "),
        ("", "an empty text names no table"),
        ("a\0b", "no file has such a name"),
        ("\ud800", "no file has such a name"),
    ],
)
def test_a_table_that_is_not_here_says_what_to_do(named: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=message):
        NASBench(named)
    assert run("info", named) == 2
    assert capsys.readouterr().err.count("\n") == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(st.characters() | st.sampled_from("./\\\0 ~-full"), max_size=12))
def test_any_text_is_a_table_or_one_refusal(text: str) -> None:
    with contextlib.suppress(InputError, OSError):
        choose_table(text)


def test_a_path_that_is_not_there_is_a_missing_file(tmp_path: Path) -> None:
    for named in ("none.arrow", "./full", "folder/full", tmp_path / "full", Path("full")):
        with pytest.raises(FileNotFoundError):
            NASBench(named)


def test_without_the_predictions_the_built_tables_name_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(built, "PREDICTED_MEANS", tmp_path / "predicted.npz")
    for name in ("predicted", "semireal"):
        with pytest.raises(InputError, match=rf"'{name}' cannot be built: this installation lacks data/predicted\.npz"):
            NASBench(name)


def test_a_table_is_built_once_and_again_if_it_is_damaged(
    builders: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = NASBench("predicted").table.path
    assert "building the table 'predicted', once" in capsys.readouterr().err
    assert NASBench("predicted").table.path == first == builders[0]
    assert first.parent == tmp_path / "cache" / "tables"
    first.write_bytes(first.read_bytes()[:-100])
    assert len(NASBench("predicted")) == len(SPECS)
    assert len(builders) == 2
    built.PREDICTED_MEANS.write_bytes(b"better predictions")
    assert NASBench("predicted").table.path != first


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (zipfile.BadZipFile("File is not a zip file"), r"predicted\.npz is damaged .*; install nasbench-pytorch again"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), r"No space left .*; set NASBENCH_CACHE_DIR"),
    ],
)
def test_a_table_that_cannot_be_built_says_why(
    builders: list[Path], monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def fail(path: Path) -> None:
        raise error

    monkeypatch.setattr(built, "builder", lambda function, name: fail)
    with pytest.raises(InputError, match=f"the table 'predicted' cannot be built.*{message}"):
        NASBench("predicted")


def test_semireal_needs_the_published_means(builders: list[Path], table_folder: Path) -> None:
    with pytest.raises(InputError, match=r"nasbench table download test-means \(1\.8 MB\).* --from-file PATH"):
        NASBench("semireal")
    table_folder.mkdir(parents=True)
    (table_folder / "test-means.pkl.gz").write_bytes(b"something else")
    with pytest.raises(InputError, match=r"is not that of the published file.*delete it and get it again"):
        NASBench("semireal")
    assert builders == []


def test_the_default_is_the_best_table_that_is_here(
    builders: list[Path], mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(default_table, "_noticed", False)
    assert NASBench().table.path.name.startswith("predicted-")
    NASBench()
    error = capsys.readouterr().err
    assert error.count("no table was named, so the predicted one is used: not NAS-Bench-101") == 1
    for name in ("only108", "full"):
        mine.rename(path_of_name(name))
        mine = path_of_name(name)
        assert NASBench().table.path == mine
        assert registry.default_name() == name
    built.PREDICTED_MEANS.unlink()
    mine.unlink()
    assert NASBench().table.path == default_table.EMBEDDED_TABLE.resolve()
    assert "notice" not in capsys.readouterr().err


def test_a_damaged_table_of_the_folder_says_how_to_make_it_again(mine: Path) -> None:
    content = bytearray(mine.read_bytes())
    content[len(content) // 2] ^= 1
    path_of_name("full").write_bytes(content)
    with pytest.raises(
        InputError, match=r"damaged.*the table 'full'; make it again with: nasbench table download full"
    ):
        NASBench("full")
    mine.write_bytes(content)
    with pytest.raises(InputError, match=r"the table 'mine'; make it again with: nasbench table import FILE"):
        NASBench("mine")
    with pytest.raises(InputError, match="damaged"):
        NASBench(path_of_name("full"))


def test_the_list_has_every_table(
    mine: Path, table_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path_of_name("full").write_bytes(b"ARROW1 but no table")
    write_file(table_folder / "no-name.tfrecord", invented_records())
    assert run("list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    tables = {table["name"]: table for table in listed["tables"]}
    assert listed["folder"] == str(table_folder)
    assert list(tables) == ["full", "only108", "semireal", "predicted", "mini", "mine"]
    assert tables["full"]["state"] == "damaged"
    assert "make it again with: nasbench table download full" in tables["full"]["how_to_get"]
    assert tables["only108"]["state"] == "not here"
    assert tables["only108"]["origins"]["halfway_test_accuracy"] == "published"
    assert tables["semireal"]["origins"]["validation_accuracy"] == "predicted"
    assert tables["mini"] | {"cells": 91, "epochs": [4, 12], "repeats": 3, "state": "here"} == tables["mini"]
    assert tables["mine"] | {"cells": 6, "epochs": [4, 108], "repeats": 3, "path": str(mine)} == tables["mine"]
    monkeypatch.setenv(folders.TABLE_VARIABLE, "mine")
    assert run("list") == 0
    text = capsys.readouterr().out
    assert all(f"\n{name} " in f"\n{text}" for name in tables)
    assert text.count("answers where no table is named") == 1
    assert "imported from source.tfrecord; answers where" in text
    assert "91 cells × 2 budgets (4, 12 epochs) × 3 repeats" in text
    assert "published: mean test_accuracy at 108 epochs; own: trainable_parameters; predicted: every other" in text


def test_facts_of_the_list_are_those_of_the_embedded_table() -> None:
    table, listed = NASBench("mini").table, registry.NAMED_TABLES["mini"]
    assert (table.cells, table.metadata.epochs, table.metadata.repeats) == (listed.cells, listed.epochs, listed.repeats)
    assert abs(table.path.stat().st_size - listed.size_bytes) < 1000
