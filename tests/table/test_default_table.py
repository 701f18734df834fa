from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import NASBench, default_table
from nasbench_pytorch.table.named import built
from tests.helpers.table_samples import invented_records, table_of


@pytest.fixture(autouse=True)
def without_predictions(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without predictions, whose default is the embedded table."""
    monkeypatch.setattr(built, "builders_are_here", lambda: False)


@pytest.fixture
def embedded_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mini.arrow"
    shutil.copy(table_of(tmp_path, invented_records()).path, path)
    monkeypatch.setattr(default_table, "EMBEDDED_TABLE", path)
    monkeypatch.setattr(default_table, "_noticed", False)
    monkeypatch.setattr(built, "PREDICTED_MEANS", tmp_path / "none.npz")  # the predicted table would be the default
    return path


def test_the_embedded_table_is_the_default_and_prints_one_notice(
    embedded_table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = NASBench(), NASBench(seed=1)
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "not NAS-Bench-101, but a small table of our own" in error
    assert first.table.path == second.table.path == embedded_table.resolve()


def test_a_named_table_prints_no_notice(embedded_table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(NASBench(embedded_table)) > 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("command", [["info"], ["best", "--n", "1"], ["verify"], ["export", "--out", "x.tfrecord"]])
def test_commands_use_the_embedded_table_by_default(
    embedded_table: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["table", *command]) in (0, 1)
    captured = capsys.readouterr()
    assert captured.err.startswith("nasbench: no table was named")
    assert captured.out


def test_without_an_embedded_table_a_name_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(default_table, "EMBEDDED_TABLE", tmp_path / "nowhere.arrow")
    monkeypatch.setattr(built, "PREDICTED_MEANS", tmp_path / "none.npz")
    with pytest.raises(InputError, match="this installation has none embedded; name"):
        NASBench()
    assert main(["table", "info"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
