from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from nasbench_pytorch.cli import main
from tests.helpers.campaign_fakes import all_trials, begin, trained
from tests.helpers.explorer_samples import table_without_cells
from tests.helpers.html_pages import check_alone
from tests.helpers.run_folders import write_run


@pytest.mark.parametrize(
    "command", [["scatter"], ["correlations"], ["curves"], ["sheet", "-n", "5", "--order", "spread"]]
)
def test_every_picture_of_a_table_and_of_a_campaign(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = begin(tmp_path / "runs")
    ledger.commit([trained(trial) for trial in all_trials(ledger)], [], 3)
    ledger.close()
    for named in ("mini", str(tmp_path / "runs")):
        out = tmp_path / "a.png"
        assert main(["plot", *command, named, "-o", str(out), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["size_bytes"] == out.stat().st_size
        colours = Image.open(out).convert("RGB").getcolors(1 << 24)
        assert colours is not None
        assert len(colours) > 50


def test_what_cannot_be_drawn_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "run")
    out = str(tmp_path / "a.png")
    for arguments, message in (
        (["scatter", "mini", "-o", str(tmp_path / "a.gif")], "must end with one of .png, .svg, .pdf"),
        (["scatter", "mini", "-o", str(tmp_path / "no" / "a.png")], "there is no folder"),
        (["scatter", str(tmp_path / "run"), "-o", out], "a run, not results of many cells"),
        (["curves", str(tmp_path), "-o", out], "holds no run"),
        (["sheet", "mini", "-n", "0", "-o", out], "1 to 2,000 cells"),
        (["sheet", "mini", "--epochs", "5", "-o", out], "must be one of [4, 12]"),
        (["scatter", "mini"], "--out must be given"),
    ):
        assert main(["plot", *arguments]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("words", ["plot scatter", "plot correlations", "plot sheet", "plot curves", "table best"])
def test_a_table_without_results_is_refused_in_one_line(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["-o", str(tmp_path / "a.svg")] if words.startswith("plot") else []
    assert main([*words.split(), str(table_without_cells(tmp_path).path), *out]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "a.svg").exists()


def test_a_table_without_results_is_reported_and_verified(tmp_path: Path) -> None:
    table = str(table_without_cells(tmp_path).path)
    assert main(["report", table, "-o", str(tmp_path / "a.html")]) == 0
    assert "Summary" in check_alone((tmp_path / "a.html").read_text(encoding="utf-8")).text
    assert main(["table", "verify", table]) == 0
