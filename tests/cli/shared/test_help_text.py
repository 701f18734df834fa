"""Help texts: short, complete, no wider than the terminal."""

from __future__ import annotations

import contextlib
import re

import pytest

from nasbench_pytorch.cli import SUBCOMMANDS, campaign, main, predict, space, table

COMMANDS = [[name] for name in SUBCOMMANDS if name not in ("space", "table", "predict", "campaign")]
COMMANDS += [["space", name] for name in space.COMMANDS]
COMMANDS += [["table", name] for name in table.COMMANDS]
COMMANDS += [["predict", name] for name in predict.COMMANDS]
COMMANDS += [["campaign", name] for name in campaign.COMMANDS]


def text_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with contextlib.suppress(SystemExit):
        assert main(words) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("columns", [40, 80])
def test_a_help_text_fits_the_terminal(
    command: list[str], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    short = text_of(capsys, *command, "--help")
    lines = short.splitlines()
    assert columns < 80 or max(map(len, lines)) <= columns
    assert columns < 80 or len(lines) <= 100
    assert "{None}" not in short
    complete = text_of(capsys, *command, "--help-all")
    flags = set(re.findall(r"--[a-z][a-z-]+", complete))
    named = set(re.findall(r"--[a-z][a-z-]+", short)) | {"--help-all"}
    assert {flag for flag in flags if not flag.startswith("--no-")} <= named


def test_the_overview_fits_forty_columns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert max(len(line) for line in text_of(capsys).splitlines()) <= 57
