"""`nasbench search`: run, compare and report at the command line."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch.cli import main
from nasbench_pytorch.search import ALGORITHMS, PROTOCOLS, Budget, compare_runs, run_search
from nasbench_pytorch.table import NASBench

USERS = "tests.helpers.search_algorithms_of_users"
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
    assert "the published best, 0.943176, is not compared with" in printed
    assert "reinforce" in printed
    assert not Path("report").exists()


def test_a_setting_may_be_for_one_algorithm(capsys: pytest.CaptureFixture[str]) -> None:
    line = "compare random_search hyperband local_search --table mini --evaluations 5 --runs 1 --workers 1"
    own = "--set hyperband.max_epochs=12 random_search.epochs=4 local_search.epochs=12 local_search.starts=2"
    facts = result(f"{line} {own}", capsys)
    assert facts["final"]["search"] == ["random_search", "hyperband", "local_search"]
    told = refused(f"{line} {own} epochs=12", capsys)
    assert "hyperband has no setting 'epochs'" in told and "--set ALGORITHM.NAME=VALUE" in told
    assert "smac, which is not among the algorithms: random_search, hyperb" in refused(f"{line} --set smac.x=1", capsys)


def test_a_class_that_fails_is_one_line_and_its_traceback_can_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "failing_users_module.py").write_text(
        "from nasbench_pytorch.search import SearchAlgorithm\n"
        "class Own(SearchAlgorithm):\n"
        "    def ask(self):\n"
        "        return 1 / 0\n"
        "    @classmethod\n"
        "    def budgets(cls, settings):\n"
        "        return (12,)\n"
    )
    line = "run failing_users_module:Own --table mini --evaluations 3 --runs 1"
    told = refused(line, capsys)
    assert (
        "Own: ask raised ZeroDivisionError: division by zero (" in told and "line 4); set NASBENCH_TRACEBACK=1" in told
    )
    monkeypatch.setenv("NASBENCH_TRACEBACK", "1")
    assert main(["search", *line.split()]) == 2
    assert "    return 1 / 0" in capsys.readouterr().err


def test_the_help_names_all_algorithms_and_protocols(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["search", "run", "--help"])
    assert ended.value.code == 0
    words = set(re.findall(r"\w+", capsys.readouterr().out))
    assert {*ALGORITHMS, *PROTOCOLS} <= words


def test_algorithms_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder has each search and the report; the same command makes nothing again."""
    line = f"compare random_search reinforce {MINI} --protocol naszilla --evaluations 8 --runs 2 --workers 1"
    out = tmp_path / "compared"
    assert main(["search", *line.split(), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Protocol naszilla on the table mini (91 cells)")
    assert "final regret at 8 evaluations" in printed and f"{out / 'report'}: report.md, regret.png" in printed
    assert {path.name for path in out.iterdir()} == {"random_search", "reinforce", "report"}
    written = {path.name for path in (out / "report").iterdir()}
    assert {"report.md", "report.json", "final.arrow", "regret.png", "incumbents.png"} <= written
    facts = result(f"{line} --out {out}", capsys)
    again = result(f"report {out / 'random_search'} {out / 'reinforce'}", capsys)
    assert facts["final"] == again["final"] == json.loads((out / "report" / "report.json").read_text())["final"]
    assert facts["final"]["search"] == ["random_search", "reinforce"] and facts["final"]["runs"] == [2, 2]
    alone = run_search(
        "reinforce", table="mini", settings={"epochs": 12}, protocol="naszilla", budget=Budget(evaluations=8), runs=2,
        out=out / "reinforce",
    )  # fmt: skip
    assert alone.made == 0
    assert facts["final"]["mean"][1] == pytest.approx(compare_runs([alone]).searches[0].final.mean)


def test_finished_runs_are_kept_where_ones_own_algorithm_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    few = f"{MINI} --evaluations 4 --runs 9 --workers 1"
    message = refused(f"run {USERS}:Outside {few} --out one", capsys)
    assert "outside proposed position -1, which is no cell that may be proposed" in message
    kept = result("report one", capsys)["final"]["runs"][0]
    assert f"; {kept:,} finished run" in message and 0 < kept < 9
    message = refused(f"run {USERS}:SometimesEndless {few} --out two --ask-limit-s 0.05", capsys)
    assert "sometimes_endless has proposed nothing for 0.05 s" in message
    kept = result("report two", capsys)["final"]["runs"][0]
    assert f"; {kept:,} finished run" in message and 0 < kept < 9
    message = refused(f"compare random_search {USERS}:Outside {few} --out both", capsys)
    assert f"kept in both/{USERS.replace(':', '-')}-Outside" in message
    assert result("report both/random_search", capsys)["final"]["runs"] == [9]


def test_searches_that_differ_in_more_than_the_algorithm_are_not_reported_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(NASBench("mini").table.path, "copy.arrow")
    few = "--evaluations 3 --runs 2 --workers 1 --out"
    result(f"run random_search {MINI} {few} paper", capsys)
    result(f"run random_search {MINI} --protocol naszilla {few} naszilla", capsys)
    with monkeypatch.context() as patch:  # as a table with other rows
        patch.setattr("nasbench_pytorch.search.evaluators.table_source.digest_of", lambda _: "0" * 64)
        result(f"run random_search --table copy.arrow --set epochs=12 {few} copy", capsys)
    result(f"run random_search --evaluate proxy --proxy params {few} proxy", capsys)
    for line, message in (
        ("report paper naszilla", "different protocol cannot be compared: paper has paper, naszilla has naszilla"),
        ("report paper copy", "different table cannot be compared: paper has mini, copy has /"),
        ("report paper proxy", "different evaluate cannot be compared"),
        ("report proxy --table mini", "these searches used no table"),
        ("report copy --table copy.arrow", "copy.arrow is not the table of these searches, which was '/"),
        ("report paper --cost dollars", "--cost 'dollars': give one of epochs, evaluations, seconds;"),
        ("report paper --incumbent best", "--incumbent 'best': give one of any_budget, full_budget,"),
        ("report paper --out copy.arrow", "copy.arrow is a file; name a folder for the report"),
        ("report paper --json no/x.json", "no: no such folder for --json"),
        (f"run random_search {MINI} --out copy.arrow", "copy.arrow is a file; name a folder"),
        (f"run random_search {MINI} --seed 3 --out paper", "paper holds a search with"),
    ):
        assert message in refused(line, capsys)


@pytest.mark.parametrize(("library", "algorithm"), [("optuna", "optuna_tpe"), ("smac", "smac")])
def test_a_missing_library_is_named_with_its_extra(
    library: str, algorithm: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in [name for name in sys.modules if name.split(".")[0] == library]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, library, None)
    for name in ("optuna_study", "configspace", f"algorithms.{algorithm}"):
        monkeypatch.delitem(sys.modules, f"nasbench_pytorch.search.{name}", raising=False)
    for line in (f"run {algorithm} {MINI}", f"compare random_search {algorithm} {MINI}"):
        assert f"pip install 'nasbench-pytorch[{library}]'" in refused(line, capsys)


def test_without_matplotlib_nothing_is_begun_that_ends_with_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    line = f"compare random_search {MINI} --runs 1 --out {tmp_path / 'new'}"
    assert "pip install 'nasbench-pytorch[plots]'" in refused(line, capsys)
    assert not (tmp_path / "new").exists()


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
    assert (
        main(["search", "run", "random_search", "--evaluate", "proxy", "--proxy", "params", "--evaluations", "3"]) == 0
    )
    assert "epoch" not in capsys.readouterr().out


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
        (f"run random_search {MINI} --seconds nan", "--seconds must be a finite number, got nan"),
        (f"run random_search {MINI} --seconds many", "--seconds 'many': give a number;"),
        (f"run random_search {MINI} --runs 2.5", "--runs '2.5': give a whole number;"),
        (f"run random_search {MINI} --workers 0", "--workers must be at least 1, got 0"),
        (f"run random_search {MINI} --executor slurm", "--executor 'slurm': give one of processes, ray"),
        (f"run random_search {MINI} --ask-limit-s 0", "ask_limit_s must be above 0, got 0"),
        (f"run random_search {MINI} --device cpu", "--device goes with --evaluate training, not with"),
        (f"run random_search {MINI} --dataset cifar10", "--dataset goes with --evaluate training or proxy"),
        (f"run random_search {MINI} --data-root x", "--data-root goes with --evaluate training or proxy"),
        ("run random_search --evaluate proxy --proxy params --device cpu", "--device goes with --evaluate training"),
        ("run random_search --evaluate training --device gpu7", "unknown device 'gpu7'"),
        ("run random_search --evaluate magic", "--evaluate 'magic': give one of table, training, proxy"),
        ("run random_search --table nowhere", "there is no table and no file named 'nowhere'"),
        (f"run random_search {MINI} sampler=moon", "unknown sampler 'moon'; there are: uniform"),
        (f"run random_search {MINI} --out /proc/x", "/proc/x"),
        (f"run random_search {MINI} --json nowhere/x.json", "nowhere: no such folder for --json"),
        ("run hyperband --table mini", "mini.arrow has no results after 36 epochs; it has 4, 12"),
        ("run :Own --table mini", "search algorithm ':Own': give module:class"),
        ("run nowhere:Own --table mini", "No module named 'nowhere'"),
        ("run os.path:join --table mini", "join is no subclass of SearchAlgorithm"),
        ("run", "ALGORITHM must be given"),
        (f"compare random_search hyperband {MINI}", "hyperband has no setting 'epochs'; its settings are: "),
        (f"compare random_search nothing {MINI}", "unknown search algorithm 'nothing'; there are: random_search"),
        (f"compare random_search {MINI} --seconds 1", "a budget of 1 s is below one evaluation"),
        ("compare random_search --table mini --protocol naszilla", "has no results after 108 epochs"),
        ("compare random_search --table mini --set epochs", "--set 'epochs': give NAME=VALUE"),
        ("compare --table mini", "no algorithm was named"),
        ("report", "no search was named"),
        ("report nowhere", "nowhere: no search here"),
    ],
)
def test_bad_input_is_one_line(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in refused(line, capsys)
