"""Results as JSON: alone on stdout, or in a file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.cli import SUBCOMMANDS, campaign, main, plot, predict, proxy, search, space, table
from nasbench_pytorch.cli.shared.json_output import STDOUT, write_result
from tests.helpers.campaign_commands import SMALL
from tests.helpers.campaign_fakes import all_trials, begin, failed, trained


@pytest.mark.parametrize(
    "line",
    [
        "cell inception",
        "space info --max-vertices 4",
        "space sample --n 2 --max-vertices 4",
        "info",
        "table info mini",
        "table best mini",
        "table query mini --hash ea9270f536a1f1094f446246dad4fe89",
        "table verify mini",
        "predict evaluate --table mini --train-cells 60",
        "campaign plan --space vertices<=2 --gflop-per-s 1",
    ],
)
@pytest.mark.parametrize("where", ["last", "dash", "first", "file"])
def test_every_result_is_json_when_asked(
    line: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = line.split()
    place = 2 if words[0] in ("space", "table", "predict", "campaign") else 1
    flags = {"last": ["--json"], "dash": ["--json", "-"], "first": ["--json"], "file": ["--json", "x.json"]}[where]
    words = [*words[:place], *flags, *words[place:]] if where == "first" else [*words, *flags]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert json.loads(Path("x.json").read_text(encoding="utf-8") if where == "file" else text)
    assert (where == "file") == (not text.startswith(("{", "[")))


def _commands() -> list[str]:
    """Every command; a group's name stands before its own."""
    groups = {
        "table": table,
        "campaign": campaign,
        "space": space,
        "predict": predict,
        "proxy": proxy,
        "search": search,
        "plot": plot,
    }
    commands = {name: tuple(group.COMMANDS) for name, group in groups.items()}
    return [f"{name} {own}".strip() for name in SUBCOMMANDS for own in commands.get(name, ("",))]


WITHOUT_RESULT = ("completion", "explore")  # a script, and a server


@pytest.mark.parametrize("command", [name for name in _commands() if name not in WITHOUT_RESULT])
def test_every_command_prints_its_result_as_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command.split(), "--help-all"])
    assert "--json" in capsys.readouterr().out.split()


def _stdout_of(line: str, capsys: pytest.CaptureFixture[str], code: int = 0) -> Any:
    assert main(line.split()) == code
    return json.loads(capsys.readouterr().out)


def test_commands_that_write_tables_report_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    first = _stdout_of("table export mini --out a.tfrecord --json", capsys)
    assert (first["records"], first["left_out"]) == (546, 0)
    assert first["sha256"] == hashlib.sha256(Path("a.tfrecord").read_bytes()).hexdigest()
    assert first["size_bytes"] == Path("a.tfrecord").stat().st_size
    found = _stdout_of("table import a.tfrecord --out a.arrow --json", capsys)
    assert (found["file"], found["rows"], found["left_out"]) == ("a.arrow", 546, [])
    found = _stdout_of("table merge a.arrow a.arrow --out b.arrow --json", capsys)
    assert (found["rows"], found["same"], found["conflicts"]) == (546, 546, 0)
    assert _stdout_of("table export a.arrow --out a.csv --json", capsys)["rows"] == 546
    found = _stdout_of("space enumerate --max-vertices 3 --out s.csv --json", capsys)
    assert found == {"file": "s.csv", "size_bytes": Path("s.csv").stat().st_size, "cells": 7}


def test_a_download_reports_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "f.tfrecord"
    file.write_bytes(b"abc")
    monkeypatch.setattr("nasbench_pytorch.table.named.downloads.table_made_of", lambda *_: file)
    found = _stdout_of("table download only108 --json", capsys)
    assert (found["size_bytes"], found["name"], found["is_new"]) == (3, "only108", False)


def test_campaign_commands_report_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with begin(tmp_path / "c") as ledger:
        trials = all_trials(ledger)
        ledger.commit([trained(trial) for trial in trials[:9]] + [failed(trials[9])], [], 3)
    found = _stdout_of("campaign export c --out t.tfrecord --json", capsys)
    assert (found["rows"], found["failures"], found["missing"]) == (9, {"nan": 1}, 18)
    assert found["few_repeats"] > 0
    assert _stdout_of("campaign retry c --json", capsys) == {"folder": "c", "reason": None, "trials": 1}
    found = _stdout_of("campaign compare c t.tfrecord --json", capsys)
    assert {line["max_absolute_difference"] for line in found if line["cells"]} == {0}
    capsys.readouterr()
    found = _stdout_of(f"campaign run --out d {' '.join(SMALL)} --json", capsys)
    assert [budget["trials"] for budget in found["budgets"]] == [{"finished": 2, "pending": 0}]
    assert found["stopped"] is False


def test_what_json_lacks_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    assert write_result(STDOUT, {"nan": float("nan"), 4: (np.float64(0.5), np.int64(3), Path("a"))})
    assert json.loads(capsys.readouterr().out) == {"nan": None, "4": [0.5, 3, "a"]}


def test_nothing_is_written_where_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert not write_result(None, {})
    assert capsys.readouterr().out == ""
