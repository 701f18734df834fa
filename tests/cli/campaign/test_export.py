"""`nasbench campaign export` and `compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.helpers.campaign_commands import run
from tests.helpers.table_samples import SPECS, invented_records, write_file

if TYPE_CHECKING:
    import pytest


def test_an_export_says_what_it_lacks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", folder, "--out", "t.arrow") == 0
    captured = capsys.readouterr()
    assert "t.arrow: 11 rows" in captured.out
    assert (
        "2 trials (nan), rows without numbers; try again with: nasbench campaign retry c --reason nan" in captured.err
    )
    assert "17 trials are not done yet" in captured.err
    assert "cells lack some of their budgets or repeats" in captured.err
    assert run("export", folder, "--out", "t.tfrecord") == 0
    assert "2 trials (nan), left out" in capsys.readouterr().err


def test_a_campaign_is_compared_with_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", folder, "--out", "t.arrow") == 0
    capsys.readouterr()
    assert run("compare", folder, "t.arrow", "--metrics", "test_accuracy", "--json", "n.json", "--plot", "p.png") == 0
    lines = json.loads(Path("n.json").read_text())
    assert {line["epochs"] for line in lines} == {1, 2}
    assert all(line["max_absolute_difference"] == 0 for line in lines if line["cells"])
    assert Path("p.png").stat().st_size > 1000
    text = capsys.readouterr().out
    assert "A: t.arrow   B: c" in text


def test_a_comparison_without_common_cells_names_the_campaign(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_file(Path("other.tfrecord"), invented_records(SPECS[:1]))
    capsys.readouterr()
    assert run("compare", folder, "other.tfrecord") == 2
    assert "other.tfrecord.arrow and c have no cell in common" in capsys.readouterr().err
