"""`nasbench search`: run, compare and report at the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch.cli import main

MINI = "--table mini --set epochs=12"


def result(line: str, capsys: pytest.CaptureFixture[str]) -> Any:
    assert main(["search", *line.split(), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["search", *line.split()]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


def test_searches_are_run_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(f"search run random_search {MINI} --seconds 2e3 --runs 3 --seed 0 --out runs/rs".split()) == 0
    printed = capsys.readouterr().out
    assert "random_search: 3 runs, protocol paper on mini" in printed
    assert "nasbench search report runs/rs" in printed
    found = result(f"run random_search {MINI} --seconds 2e3 --runs 5 --seed 0 --out runs/rs --workers 1", capsys)
    assert (found["runs"], found["runs_made_now"]) == (5, 2)
    assert found["budget"]["seconds"] == 2000 and found["settings"]["epochs"] == 12
    found = result(f"run reinforce {MINI} --seconds 2e3 --runs 4 --out runs/rl --deduplicate --workers 1", capsys)
    assert found["deduplicate"] is True
    facts = result("report runs/rs runs/rl", capsys)
    assert facts["final"]["search"] == ["random_search", "reinforce"]
    assert facts["final"]["runs"] == [5, 4]
    assert main(["search", "report", "runs/rs", "runs/rl"]) == 0
    printed = capsys.readouterr().out
    assert "published table's is 0.943175752957662" in printed
    assert "reinforce" in printed
    assert not Path("report").exists()


def test_algorithms_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    line = "compare random_search reinforce --table mini --protocol naszilla --evaluations 8 --runs 2 --workers 1"
    assert "has no results after 108 epochs" in refused(line, capsys)


def test_ones_own_algorithm_is_found_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine_for_search.py").write_text(
        "from nasbench_pytorch.search import Proposal, SearchAlgorithm\n"
        "class First(SearchAlgorithm):\n"
        "    def __init__(self, candidates, *, seed=0, epochs=12):\n"
        "        super().__init__(candidates, seed=seed)\n"
        "        self.epochs = epochs\n"
        "    def ask(self):\n"
        "        return Proposal(int(self.candidates.positions[0]), self.epochs)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    found = result("run mine_for_search:First --table mini --evaluations 3 --runs 1", capsys)
    assert (found["algorithm"], found["evaluations_per_run"]) == ("First", 3)
    assert found["duplicates"] == pytest.approx(2 / 3)


@pytest.mark.slow
def test_cells_are_trained_on_digits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = f"run random_search --evaluate training --evaluations 2 --out {tmp_path / 't'}"
    found = result(line, capsys)
    assert (found["evaluate"], found["dataset"], found["best_epochs"]) == ("training", "digits", 2)
    assert 0.05 < found["best_test_accuracy"] <= 1
    facts = result(f"report {tmp_path / 't'}", capsys)
    assert facts["worth_is"] == "validation accuracy"
    assert facts["final"]["mean"] == [0.0]


def test_cells_are_scored_with_a_proxy(capsys: pytest.CaptureFixture[str]) -> None:
    found = result("run random_search --evaluate proxy --proxy params --evaluations 30", capsys)
    assert found["best_value"] > 1e3 and found["runs"] == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("run nothing --table mini", "unknown search algorithm 'nothing'; there are: random_search"),
        ("run random_serch --table mini", "did you mean random_search?"),
        (f"run random_search {MINI} --protocol papr", "unknown protocol 'papr'; there are: paper, notebook"),
        (f"run random_search {MINI} --seconds 1", "a budget of 1 s is below one evaluation"),
        (f"run random_search {MINI} --evaluations 0", "evaluations must be at least 1, got 0"),
        (f"run random_search {MINI} --epochs 3", "a budget of 3 epochs is below one evaluation"),
        ("run random_search --table mini", "mini.arrow has no results after 108 epochs; it has 4, 12"),
        ("run random_search --table mini --set epochs", "--set 'epochs': give NAME=VALUE"),
        ("run random_search --table mini --set epochs=4 epochs=4", "--set epochs is given twice"),
        (f"run random_search {MINI} --runs 0", "--runs must be at least 1, got 0"),
        (f"run random_search {MINI} --seed -1", "--seed must be at least 0, got -1"),
        ("run random_search --evaluate training --table mini", "--table goes with --evaluate table"),
        ("run random_search --evaluate proxy", "--evaluate proxy and --proxy NAME go together"),
        ("run random_search --evaluate proxy --proxy zan", "zan"),
        ("run random_search --evaluate training --protocol lanas", "searches on test accuracies of a table"),
        (f"run random_search {MINI} --ray-address auto", "--ray-address goes with --executor ray"),
        (f"run random_search {MINI} --stem-out-channels 8", "a table has its own skeleton"),
        ("run", "ALGORITHM must be given"),
        ("compare --table mini", "no algorithm was named"),
        ("report", "no search was named"),
        ("report nowhere", "nowhere: no search here"),
    ],
)
def test_bad_input_is_one_line(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in refused(line, capsys)
