from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nasbench_pytorch.cli import main

TINY = ["--cell", "resnet20", "--stem-out-channels", "4", "--num-stacks", "1", "--num-modules-per-stack", "1"]
QUICK = [*TINY, "--device", "cpu", "--batch-size", "4", "--repeats", "1", "--repeat-s", "0.01"]


def run(*arguments: str | Path) -> int:
    return main(["bench", *(str(argument) for argument in arguments)])


def test_a_table_for_people_and_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*QUICK, "--precision", "bfloat16", "--json", tmp_path / "speed.json") == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    for text in ("batch 4 in 2 shards, bfloat16, cpu", "training", "evaluation", "of the limit", "convolution"):
        assert text in captured.out
    written = json.loads((tmp_path / "speed.json").read_text())
    assert written["environment"]["precision"] == "bfloat16"
    assert written["skeleton"]["stem_out_channels"] == 4

    assert run(*QUICK, "--json", "-") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.keys() == written.keys()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cell", "inceptoin"], "unknown cell 'inceptoin'; give one of inception,"),
        (["--batch-size", "0"], "batch_size must be at least 1, got 0"),
        (["--batch-size", "33"], "33 is not divisible by batch_norm_shards 2; choose a multiple"),
        (["--threads", "0"], "threads must be at least 1, got 0"),
        (["--repeats", "0"], "repeats must be at least 1, got 0"),
        (["--repeat-s", "0"], "repeat_s must be a positive number of seconds, got 0.0"),
        (["--repeat-s", "nan"], "--repeat-s must be a finite number, got nan"),
        (["--device", "tpu"], "unknown device 'tpu'; this machine has:"),
        (["--precision", "tf32"], "tf32 needs a CUDA device"),
        (["--in-channels", "1"], "images of 3 channels, the skeleton takes 1"),
        (["--cell", "inception"], "the output has 2 channels but 4 vertices feed it; use a wider stem"),
        (["--json", "nowhere/speed.json"], "nowhere: no such folder for --json; make it first"),
        (["--json", "."], "--json .: a folder; name a file"),
        (["--num-stacks", "6", "--batch-size", "2"], "which is one pixel after 6 stacks"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("--stem-out-channels", "2", "--device", "cpu", *arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert re.search(message, captured.err), captured.err
