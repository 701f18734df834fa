"""Text from files and servers cannot steer a terminal, and every encoding can print ours."""

from __future__ import annotations

import io
import sys

import pytest

from nasbench_pytorch.printable import escape_controls, let_any_encoding_print, print_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jboo", "\\x1b[2Jboo"),
        ("\x9b31m", "\\x9b31m"),
        ("a\rb\x08", "a\\rb\\x08"),
        ("\u202eevil", "\\u202eevil"),
        ("\ud800", "\\ud800"),
        ("a\u2028b", "a\\u2028b"),
    ],
)
def test_control_characters_are_escaped(text: str, shown: str) -> None:
    assert escape_controls(text) == shown


@pytest.mark.parametrize("text", ["", "conv3x3-bn-relu", "Zürich, Kraków: 128→64 ≤ ½‖v‖²", "数据/папка"])
def test_letters_and_signs_stay(text: str) -> None:
    assert escape_controls(text) == text


def test_lines_stay_lines(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines("a\nb\x1b", "c")
    assert capsys.readouterr().out == "a\nb\\x1b\nc\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "gbk", "cp437", "utf-8"])
def test_every_encoding_prints_what_it_lacks_in_plain_letters(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    let_any_encoding_print()
    print("128→64 ≤ … \ud800 漢")
    sys.stdout.flush()
    text = written.getvalue().decode(encoding)
    assert text.startswith(("128→64", "128->64"))
    assert "\\ud800" in text
