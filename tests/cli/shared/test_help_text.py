"""Help texts: short, complete, no wider than the terminal."""

from __future__ import annotations

import contextlib
import re

import pytest

from nasbench_pytorch.cli import SUBCOMMANDS, campaign, main, plot, predict, proxy, search, space, table

GROUPS = {
    "space": space.COMMANDS,
    "table": table.COMMANDS,
    "plot": plot.COMMANDS,
    "predict": predict.COMMANDS,
    "proxy": proxy.COMMANDS,
    "search": search.COMMANDS,
    "campaign": campaign.COMMANDS,
}
COMMANDS = [[name] for name in SUBCOMMANDS if name not in GROUPS]
COMMANDS += [[group, name] for group, commands in GROUPS.items() for name in commands]


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


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_flag_is_explained(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    text = text_of(capsys, *command, "--help-all")
    flags = re.findall(r"^  ((?:-|[A-Z])\S*)(.*(?:\n {20,}.*)*)", text, re.MULTILINE)
    assert "-h," in dict(flags)
    unexplained = [flag for flag, about in flags if not re.search(r"(?:  |\n +)[A-Za-z0-9].* ", about)]
    assert unexplained == []
