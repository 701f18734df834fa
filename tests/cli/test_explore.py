"""What `nasbench explore` hands to the server; `tests/explorer/` has the server and the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch.cli import main
from tests.helpers.campaign_fakes import all_trials, begin, trained
from tests.helpers.explorer_samples import mini_file, newer_table, write_searches


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What would have been served."""
    found: dict[str, Any] = {}

    def serve(table: Any, comparison: Any, searches: Any, **options: Any) -> None:
        described = None if comparison is None else comparison.describe()
        found.update(table=table, cells=table.file.cells, comparison=described, searches=searches, **options)

    monkeypatch.setattr("nasbench_pytorch.explorer.serve_explorer", serve)
    return found


def test_a_table_a_second_one_and_searches_are_served(served: dict[str, Any], tmp_path: Path) -> None:
    words = ["explore", str(mini_file()), "--compare", "mini", "--searches", str(write_searches(tmp_path, 1, 1))]
    assert main([*words, "--no-browser", "--port", "0"]) == 0
    assert (served["table"].name, served["cells"], served["port"], served["open_browser"]) == (
        "mini.arrow",
        91,
        0,
        False,
    )
    assert (served["comparison"]["name"], served["comparison"]["cells"]) == ("mini", 91)
    assert len(served["searches"].describe()) == 1


def test_the_results_so_far_of_a_campaign_are_served_and_cleared_away(served: dict[str, Any], tmp_path: Path) -> None:
    with begin(tmp_path / "campaign") as ledger:
        trials = all_trials(ledger)
        ledger.commit([trained(trial) for trial in trials[:3]], [], 3)
    assert main(["explore", str(tmp_path / "campaign")]) == 0
    assert served["table"].name == "campaign"
    assert 1 <= served["cells"] <= 3
    assert served["open_browser"]
    assert not served["table"].file.path.exists()


def test_two_tables_without_a_common_cell_are_refused(
    served: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with begin(tmp_path / "campaign"):
        pass
    assert main(["explore", "mini", "--compare", str(tmp_path / "campaign")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not served


@pytest.mark.parametrize(
    "words",
    [["explore", "FILE"], ["explore", "mini", "--compare", "FILE"], ["report", "FILE", "-o", "a.html"],
     ["plot", "scatter", "FILE", "-o", "a.svg"]],
    ids=lambda words: " ".join(words),
)  # fmt: skip
def test_newer_and_half_written_tables_are_refused_in_one_line(
    served: dict[str, Any],
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    newer, content = newer_table(tmp_path / "newer.arrow"), mini_file().read_bytes()
    half = tmp_path / "half.arrow"
    cuts = (0, 1, 8, len(content) // 2, len(content) - 400, len(content) - 1)
    for path, cut in ((newer, None), *((half, cut) for cut in cuts)):
        if cut is not None:
            half.write_bytes(content[:cut])
        assert main([path.name if word == "FILE" else word for word in words]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert path.name in error
        assert ("upgrade nasbench-pytorch" in error) == (cut is None), error
    assert not served
    assert sorted(file.name for file in tmp_path.iterdir()) == ["half.arrow", "newer.arrow"]
