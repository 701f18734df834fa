"""`nasbench campaign`: its commands, and the errors of all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.cli.campaign import COMMANDS
from tests.helpers.campaign_commands import run


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in COMMANDS)
    assert run() == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(command, "--help")
    assert stop.value.code == 0
    assert f"nasbench campaign {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fly"], "unknown command 'fly'; there are: "),
        (["run", "--out", "new", "--dataset", "digits"], "the plan is empty: say which cells"),
        (["run", "--out", "new", "--space", "vertices<=1"], "the plan is empty: no cell meets"),
        (["run", "--out", "new", "--hashes", "nowhere.txt"], "nowhere.txt: No such file"),
        (["run", "--out", "new", "--hashes", "zeros.txt"], "00000000000000000000000000000000"),
        (["run", "--out", "new", "--space", "all", "--stem-out-channels", "1"], "use a wider stem"),
        (["run", "--out", "new", "--space", "all", "--epochs", "3"], "a campaign has --budgets"),
        (["run", "--out", "new", "--space", "vertices<=3", "--workers", "0"], "--workers must be at least 1"),
        (["run", "--out", "new", "--space", "vertices<=3", "--max-tries", "0"], "--max-tries must be at least 1"),
        (["run", "--out", "new", "--space", "all", "--checkpoint-interval-s", "nan"], "must be a finite number"),
        (["run", "--out", "zeros.txt", "--space", "vertices<=3"], "zeros.txt: File exists"),
        (["run", "--out", "c", "--seed", "9"], "begun with other settings: seed 3 there, 9 here"),
        (["run", "--out", "c", "--repeats", "3"], "lacks 14 of the 42 trials of this plan"),
        (["run", "--out", "c", "--repeats", "1"], "only 14 of them"),
        (["run", "--out", "c", "--device", "cuda:7"], "unknown device 'cuda:7'"),
        (["run", "--out", "new", "--preset", "best"], "unknown preset 'best'"),
        (["plan"], "the plan is empty: say which cells"),
        (["plan", "--out", "new"], "there is no campaign"),
        (["plan", "--space", "all", "--gflop-per-s", "0"], "--gflop-per-s must be above 0"),
        (["plan", "--space", "all", "--workers", "0"], "--workers must be at least 1"),
        (["status", "new"], "there is no campaign"),
        (["retry", "new"], "there is no campaign"),
        (["export", "new", "--out", "t.arrow"], "there is no campaign"),
        (["export", "c", "--out", "t.csv"], "ends with .arrow, or .tfrecord"),
        (["export", "c", "--out", "nowhere/t.arrow"], "there is no folder nowhere; make it first"),
        (["export", "c", "--out", "folder.arrow"], "--out folder.arrow: a folder; name a file"),
        (["compare", "c", "nowhere.arrow"], "nowhere.arrow: No such file"),
    ],
)  # fmt: skip
def test_unusable_input_is_one_line_and_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    Path("zeros.txt").write_text("0" * 32)
    Path("folder.arrow").mkdir()
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.startswith("nasbench campaign: ")
    assert error.count("\n") == 1
    assert not Path("new").exists()
    assert read_status(folder).trials == 28


@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_flag_that_is_refused_is_not_listed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(command, "--help-all")
    words = capsys.readouterr().out.split()
    assert "--budgets" in words and "--epochs" not in words
    assert run(command, "--out", "new", "--epochs", 3) == 2
