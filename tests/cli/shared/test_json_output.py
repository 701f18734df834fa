"""Results as JSON: alone on stdout, or in a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nasbench_pytorch.cli import main
from nasbench_pytorch.cli.shared.json_output import STDOUT, write_result


@pytest.mark.parametrize(
    "line",
    [
        "cell inception",
        "space info --max-vertices 4",
        "space sample --n 2 --max-vertices 4",
        "info",
        "table info",
        "table best",
        "table query --hash ea9270f536a1f1094f446246dad4fe89",
        "table verify",
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


def test_what_json_lacks_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    assert write_result(STDOUT, {"nan": float("nan"), 4: (np.float64(0.5), np.int64(3), Path("a"))})
    assert json.loads(capsys.readouterr().out) == {"nan": None, "4": [0.5, 3, "a"]}


def test_nothing_is_written_where_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert not write_result(None, {})
    assert capsys.readouterr().out == ""
