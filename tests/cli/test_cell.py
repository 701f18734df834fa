from __future__ import annotations

import json
from pathlib import Path

import pytest

from nasbench_pytorch.cli import main


def test_a_named_cell_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cell", "inception"]) == 0
    text = capsys.readouterr().out
    assert "28cfc7874f6d200472e1a9dcd8650aa0" in text
    assert "2,694,282" in text
    rows = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    assert len(rows) == 7
    assert rows[1][-5:] == ["32", "64", "64", "128", "128"]


def test_a_cell_is_named_by_file_and_by_matrix_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = {"matrix": [[0, 1, 1], [0, 0, 1], [0, 0, 0]], "ops": ["input", "maxpool3x3", "output"]}
    file = tmp_path / "cell.json"
    file.write_text(json.dumps(cell))
    texts = []
    for arguments in (
        [str(file)],
        ["--cell", str(file)],
        ["--matrix", "011 001 000", "--ops", "maxpool3x3"],
        ["--matrix", json.dumps(cell["matrix"]), "--ops", "input,maxpool3x3,output"],
    ):
        assert main(["cell", *arguments]) == 0
        texts.append(capsys.readouterr().out)
    assert len(set(texts)) == 1


def test_a_skeleton_belongs_to_a_named_cell_and_flags_change_it(capsys: pytest.CaptureFixture[str]) -> None:
    main(["cell", "resnet20"])
    assert "stem 16, 3 stacks × 3 modules" in capsys.readouterr().out
    main(["cell", "resnet20", "--num-modules-per-stack", "1"])
    assert "stem 16, 3 stacks × 1 module" in capsys.readouterr().out


def test_operations_beyond_the_three_have_no_hash(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cell", "resnet50"]) == 0
    assert "beyond the three" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["{", "[1, 2]", '{"matrix": [[0, 1], [0, 0]]}', "\xff"])
def test_a_bad_cell_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    file = tmp_path / "cell.json"
    file.write_text(content, encoding="latin-1")
    assert main(["cell", str(file)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_drawing_is_saved(tmp_path: Path, suffix: str) -> None:
    picture = tmp_path / f"cell.{suffix}"
    assert main(["cell", "inception", "--out", str(picture)]) == 0
    assert picture.stat().st_size > 1000


def test_a_drawing_of_another_kind_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cell", "inception", "--out", str(tmp_path / "cell.gif")]) == 2
    assert ".svg" in capsys.readouterr().err
