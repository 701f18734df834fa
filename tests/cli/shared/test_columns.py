"""Tables of text fit the terminal, and stay one line a row in a pipe."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from nasbench_pytorch.cli import main
from nasbench_pytorch.cli.shared.columns import labelled_lines, table_lines

ROWS = [["a" * 32, "1", "22", "conv3x3,conv1x1,maxpool3x3"], ["b", "10", "2", "conv3x3"]]
ROOT = Path(__file__).parents[3]
HEADINGS = ["hash", "n", "edges", "operations"]


def test_a_pipe_gets_one_line_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    lines = list(table_lines(HEADINGS, ROWS, left=(0, 3)))
    assert [line.split() for line in lines] == [HEADINGS, *ROWS]


@pytest.mark.parametrize("columns", [40, 44, 60, 80])
def test_a_terminal_gets_no_line_that_it_would_break(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = list(table_lines(HEADINGS, ROWS, left=(0, 3)))
    assert max(map(len, lines)) <= columns
    assert "".join("".join(lines).split()) == "".join("".join([*HEADINGS, *ROWS[0], *ROWS[1]]).split())


TABLE = "nasbench_pytorch/data/mini.arrow"
RESULTS = ["space info", "space sample --count 4", "cell inception", "space neighbours best"]
RESULTS += ["table best mini", "table best mini --metric halfway_validation_accuracy"]
RESULTS += [
    f"table query {TABLE} ea9270f536a1",
    "table query mini --hash ea9270f536a1",
    f"table compare {TABLE} {TABLE}",
]


@pytest.mark.parametrize("line", RESULTS)
def test_results_fit_eighty_columns(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(line.split()) == 0
    assert max(len(text) for text in capsys.readouterr().out.splitlines()) <= 80


def test_a_text_beside_a_label_is_broken_at_the_terminals_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "32")
    lines = labelled_lines("about", "a table of our own, made by a campaign")
    assert lines == ["about       a table of our own,", "            made by a campaign"]
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert labelled_lines("about", "x " * 50) == [f"about       {'x ' * 50}".rstrip()]
