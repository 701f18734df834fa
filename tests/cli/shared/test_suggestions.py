"""Misspelt words, short forms and older spellings."""

from __future__ import annotations

import json

import pytest

from nasbench_pytorch.cli import main


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("trian", "did you mean train?"),
        ("table qurey", "did you mean query?"),
        ("help", "did you mean --help?"),
        ("--versoin", "did you mean --version?"),
        ("train --eopchs 4", "unknown flag --eopchs; see nasbench train --help; did you mean --epochs?"),
        ("train --batch_sise 4", "did you mean --batch-size?"),
        ("cell inceptoin", "did you mean inception?"),
        ("space sample --method unifrm", "did you mean uniform?"),
        ("table best mini --metric test_acuracy", "did you mean test_accuracy?"),
        ("train --preset nasbench-101", "did you mean nasbench101?"),
        ("train inception --dataset digits --device cpuu", "did you mean cpu?"),
        ("campaign plan --preset digit", "did you mean digits?"),
        ("cell --matrix 011/001/000 --ops conv3x3-bn-rleu", "did you mean conv3x3-bn-relu?"),
        ("space info --where edgs<3", "did you mean edges?"),
        ("proxy score --out x.csv --proxies sinflow", "did you mean synflow?"),
        ("train inception best", "unexpected argument 'best'"),
        ("train --resume True", "unknown cell 'True'"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_likely_one(
    line: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    error = capsys.readouterr().err
    assert hint in error
    assert len(error.splitlines()) == 1


CELL = ["--matrix", "0101 0010 0001 0000", "--ops"]


@pytest.mark.parametrize(
    "words",
    [
        [*CELL, "conv3x3,conv1x1"],
        [*CELL, "input,conv3x3,conv1x1,output"],
        ["0101 0010 0001 0000", "--ops", "conv3x3,conv1x1"],
        ["--cell", "0101/0010/0001/0000", "--ops", "conv3x3,conv1x1"],
        ["--matrix", "0101001000010000", "--ops", "conv3x3,conv1x1"],
        ['{"matrix": [[0,1,0,1],[0,0,1,0],[0,0,0,1],[0,0,0,0]], "ops": ["input","conv3x3","conv1x1","output"]}'],
    ],
)
def test_a_cell_can_be_written_in_many_ways(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cell", *CELL, "conv3x3-bn-relu,conv1x1-bn-relu"]) == 0
    expected = capsys.readouterr().out
    assert main(["cell", *words]) == 0
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize("count", [["--count", "2"], ["--n", "2"], ["-n", "2"]])
def test_a_count_has_one_meaning_under_all_its_names(count: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "sample", *count, "--max-vertices", "4"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_operations_of_a_space_have_short_names(capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for names in (["conv3x3", "maxpool"], ["conv3x3-bn-relu", "maxpool3x3"]):
        assert main(["space", "info", "--max-vertices", "3", "--operations", *names]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]


@pytest.mark.parametrize("named", [["inception"], ["--cell", "inception"], ["--hash", "28cfc7874f6d2004"]])
def test_neighbours_of_a_cell_that_is_named_in_any_way(named: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "neighbours", *named, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 14
