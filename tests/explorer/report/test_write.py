from __future__ import annotations

import base64
import hashlib
import json
import shutil
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch.campaign import Plan, Selection, TrialState, read_status
from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.report import interactive_map, replay, write
from nasbench_pytorch.explorer.report.table_report import table_report
from nasbench_pytorch.explorer.report.write import write_report
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.search import Budget, SearchRuns, compare, run_search
from nasbench_pytorch.space import NAMED_CELLS, ModelSpec
from nasbench_pytorch.table import TableBuilder, TableFile
from nasbench_pytorch.table.default_table import EMBEDDED_TABLE
from tests.helpers.campaign_fakes import SETTINGS, all_trials, begin, failed, trained
from tests.helpers.explorer_samples import mini_file
from tests.helpers.html_pages import HOSTILE, Page, check_alone, read_page
from tests.helpers.run_folders import RESULT, write_run


def report_of(named: Path | str, folder: Path) -> Page:
    """Write a report and read it."""
    out = folder / "report.html"
    write_report(named, out)
    return check_alone(out.read_text(encoding="utf-8"))


def test_a_run_has_its_curve_cell_results_and_what_differs_from_the_recipe(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    page = report_of(tmp_path / "run", tmp_path)
    assert RESULT.hash is not None
    for text in (
        RESULT.hash,
        "0.7345",
        "2,694,282 trainable",
        "NAS-Bench-101: 0.2",
        "conv 3×3",
        "versions",
        "torch 2.0",
    ):
        assert text in page.text
    assert page.text.count("NAS-Bench-101: ") == 1
    assert len(page.all("svg")) == 2
    assert not page.all("script")


@pytest.mark.parametrize(("status", "text"), [("failed", "NaN in each of 5"), ("truncated", "not a complete training")])
def test_a_run_that_did_not_end_well_says_so(tmp_path: Path, status: str, text: str) -> None:
    changes: dict[str, Any] = {"evaluations": []} if status == "failed" else {}
    write_run(tmp_path / "run", status=status, attempts=5, **changes)
    assert text in report_of(tmp_path / "run", tmp_path).text


def test_a_campaign_has_progress_curves_results_and_failures(tmp_path: Path) -> None:
    ledger = begin(tmp_path / "runs")
    trials = all_trials(ledger)
    ledger.commit([trained(trial) for trial in trials[:-3]], [], 3)
    ledger.commit([failed(trials[-1])], [], 1)
    ledger.close()
    counts = {state: read_status(tmp_path / "runs").count(state) for state in TrialState}
    page = report_of(tmp_path / "runs", tmp_path)
    assert f"Campaign with {counts[TrialState.FINISHED]} of 28 trials done." in page.text
    bar = next(one["aria-label"] for one in page.all("div") if one.get("class") == "bar")
    assert bar == f"{counts[TrialState.PENDING]} pending, {counts[TrialState.FINISHED]} finished, 1 failed"
    for heading in (
        "Learning curves",
        "Accuracy and cost",
        "Agreement of budgets",
        "Best cells",
        "Failures",
        "Machines",
    ):
        assert heading in page.text
    assert trials[-1].hash in page.text
    assert "nan: as told" in page.text
    facts = json.loads(page.raw["script"][0])
    assert facts["rows"] == len({trial.hash for trial in trials[:-3]})
    assert facts["default"]["y"] == "test_accuracy_2"


def test_a_campaign_without_a_result_is_reported_too(tmp_path: Path) -> None:
    plan = Plan(Selection(space="vertices<=2", budgets=(1,), repeats=1), SETTINGS)
    begin(tmp_path / "runs", plan).close()
    page = report_of(tmp_path / "runs", tmp_path)
    assert "Campaign with 0 of 1 trials done." in page.text
    assert not page.all("svg")


def unpacked(page: Page, name: str) -> Any:
    """Return what an element that holds packed JSON for a script holds."""
    scripts = [attributes.get("id") for attributes in page.all("script")]
    return json.loads(zlib.decompress(base64.b64decode(page.raw["script"][scripts.index(name)])))


def test_a_table_has_summary_map_budgets_and_best_cells(tmp_path: Path) -> None:
    page = report_of("mini", tmp_path)
    for text in ("91", "Agreement of budgets", "Best cells by mean test accuracy, 12 epochs", "All cells", "0.6918"):
        assert text in page.text
    module = page.raw["script"][-1]
    digest = base64.b64encode(hashlib.sha256(module.encode()).digest()).decode()
    policy = next(str(one["content"]) for one in page.all("meta") if one.get("http-equiv"))
    assert f"script-src 'sha256-{digest}';" in policy
    facts = json.loads(page.raw["script"][0])
    assert facts["rows"] == 91
    assert facts["default"] == {"x": "training_time_12", "y": "test_accuracy_12", "colour": "vertices"}
    vertices = [one["name"] for one in facts["columns"]].index("vertices")
    values = zlib.decompress(base64.b64decode(page.raw["script"][1 + vertices]))
    assert sorted(values) == [2] + [3] * 6 + [4] * 84


def test_a_map_leaves_columns_and_cells_out_where_the_file_would_grow_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interactive_map, "MOST_BYTES", 500)
    monkeypatch.setattr(interactive_map, "MOST_CELLS", 20)
    page = report_of("mini", tmp_path)
    facts = json.loads(page.raw["script"][0])
    assert facts["rows"] == 20
    assert {"training_time_12", "test_accuracy_12", "vertices"} <= {one["name"] for one in facts["columns"]}
    assert "20 of 91 cells" in page.text
    assert "Left out, to keep the file small: " in page.text


def hostile_table(folder: Path) -> TableFile:
    """Return a table whose operations, columns and description are hostile texts."""
    builder = TableBuilder(1000, available_ops=("conv3x3-bn-relu", HOSTILE))
    evaluations = [Evaluation(4.0, 1, 9.0, 0.5, 0.4, 0.3, 1, 1, 1)]
    for matrix, ops in (
        ([[0, 1], [0, 0]], ["input", "output"]),
        ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", HOSTILE, "output"]),
    ):
        spec = ModelSpec(matrix, ops)
        builder.add(spec, 4, 0, evaluations, trainable_parameters=10, extra_columns={HOSTILE: 1.0, "x": HOSTILE})
    builder.write(folder / "hostile.arrow")
    table = TableFile(folder / "hostile.arrow")
    table.metadata = replace(table.metadata, about={"text": HOSTILE}, written_by=HOSTILE)
    return table


def test_texts_from_files_stay_texts(tmp_path: Path) -> None:
    page = check_alone(table_report(hostile_table(tmp_path), HOSTILE))
    assert page.text.count("<script>alert(1)</script>") > 5
    assert not page.all("img")
    write_run(
        tmp_path / "run",
        spec=ModelSpec([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", HOSTILE, "output"]).to_dict(),
        hash=None,
        data={"name": HOSTILE, "source": HOSTILE},
        environment={HOSTILE: HOSTILE, "versions": {HOSTILE: HOSTILE}},
    )
    page = report_of(tmp_path / "run", tmp_path)
    assert page.text.count("<script>alert(1)</script>") > 5
    assert not page.all("script")
    assert not page.all("img")


def test_tables_without_anything_to_draw_are_reported(tmp_path: Path) -> None:
    builder = TableBuilder(100)
    builder.add(NAMED_CELLS["best"].spec, 4, 0, [])
    builder.write(tmp_path / "empty.arrow")
    page = report_of(tmp_path / "empty.arrow", tmp_path)
    assert "Summary" in page.text
    assert "Best cells" not in page.text


def test_a_file_that_is_there_is_replaced_only_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.html"
    out.write_text("mine")
    assert main(["report", "mini", "-o", str(out)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert out.read_text() == "mine"
    write_run(tmp_path / "run")
    assert main(["report", str(tmp_path / "run"), "--out", str(out), "--overwrite", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["kind"], facts["size_bytes"]) == ("run", out.stat().st_size)


def test_an_interrupted_report_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "a.html"
    out.write_text("mine")

    def broken(kind: str, named: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "_content", broken)
    with pytest.raises(KeyboardInterrupt):
        write_report("mini", out, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
    assert out.read_text() == "mine"


def test_what_cannot_be_reported_is_said_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "checkpoint.pt").touch()
    write_run(tmp_path / "run")
    (tmp_path / "run" / "history.jsonl").write_text('{"epochs": 1, "loss": 2.0, "learning_rate": 1}\n{"epochs": 1}\n')
    for named, out, message in (
        ("nothing", "a.html", "holds no run"),
        ("half", "a.html", "nasbench train --resume"),
        ("run", "a.html", "history.jsonl, line 2: loss must be a number"),
        ("run", "a.pdf", "must end with one of"),
        ("run", "no/a.html", "there is no folder"),
        ("missing.arrow", "a.html", "missing.arrow"),
    ):
        with pytest.raises((InputError, OSError), match=message):
            write_report(tmp_path / named, tmp_path / out)
    assert not (tmp_path / "a.html").exists()


def test_searches_are_reported_one_by_one_and_side_by_side(tmp_path: Path) -> None:
    algorithms = [("random_search", {"epochs": 12}), ("local_search", {"epochs": 12})]
    contents = compare(algorithms, table="mini", runs=3, budget=Budget(evaluations=8), out=tmp_path / "both")
    page = report_of(tmp_path / "both", tmp_path)
    data = unpacked(page, "report-searches")
    assert [one["label"] for one in data["searches"]] == ["all 2 searches", "local_search", "random_search"]
    for number, name in enumerate(("local_search", "random_search")):
        read = SearchRuns.read(tmp_path / "both" / name)
        runs = data["replays"][str(number)]["runs"]
        assert [len(run["rows"]) for run in runs] == [len(history) for history in read.runs.values()]
        best = [run["accuracies"][run["incumbents"][-1]] for run in runs]
        assert (
            best == [max(run["accuracies"]) for run in runs] == [history.values.max() for history in read.runs.values()]
        )
    for search in contents.searches:
        assert search.name in page.text
        for place in search.incumbents.tolist():
            assert contents.space.hash_at(place)[:8] in page.text
    for heading in ("Regret", "Final regret", "Incumbents", "Conduct", "Pairwise tests", "Settings"):
        assert heading in page.text
    write_report(tmp_path / "both" / "local_search", tmp_path / "one.html")
    alone = check_alone((tmp_path / "one.html").read_text(encoding="utf-8"))
    assert "random_search" not in alone.text
    assert "Pairwise tests" not in alone.text
    shown = read_page(contents._repr_html_())
    assert "Regret:" in shown.text
    assert len(shown.all("svg")) == 1
    found = SearchRuns.read(tmp_path / "both" / "local_search")
    assert "local_search" in read_page(found._repr_html_()).text
    assert repr(found) == "SearchRuns(local_search: 3 runs, 24 evaluations)"


def test_a_search_whose_table_is_gone_is_reported_by_what_it_was_told(tmp_path: Path) -> None:
    shutil.copy(mini_file(), tmp_path / "there.arrow")
    budget = Budget(evaluations=8)
    settings = {"epochs": 12}
    run = run_search(
        "random_search", table=tmp_path / "there.arrow", settings=settings, budget=budget, runs=2, out=tmp_path / "s"
    )
    assert "report-searches" in (page := report_of(tmp_path / "s", tmp_path)).raw["script"][-1]
    assert "Replay" in page.text
    for gone in (True, False):
        (tmp_path / "there.arrow").unlink()
        if not gone:
            shutil.copy(EMBEDDED_TABLE, tmp_path / "there.arrow")
        write_report(tmp_path / "s", tmp_path / "b.html", overwrite=True)
        page = check_alone((tmp_path / "b.html").read_text(encoding="utf-8"))
        assert "Without the searches' table there is no replay over its map, and no test regret" in page.text
        assert ("there is no " if gone else "is not the one that they asked") in page.text
        assert "regret of the observed validation accuracy" in (tmp_path / "b.html").read_text(encoding="utf-8")
        assert not page.all("script")
        for history in run.runs.values():
            assert run.space().hash_at(int(history.positions[history.values.argmax()]))[:8] in page.text
        (tmp_path / "there.arrow").touch()


def test_a_search_that_trained_networks_has_no_replay_and_says_why(tmp_path: Path) -> None:
    about = {"evaluate": "training"}
    assert replay.searched_table(about)[1] == (
        "These searches trained networks: there is no table, so no map of its cells, and no replay over it."
    )


def test_few_runs_are_replayed_where_they_are_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_EVALUATIONS", 20)
    budget = Budget(evaluations=8)
    run_search("random_search", table=mini_file(), settings={"epochs": 12}, budget=budget, runs=4, out=tmp_path / "s")
    data = unpacked(report_of(tmp_path / "s", tmp_path), "report-searches")
    assert len(data["replays"]["0"]["runs"]) == 2
    assert data["replays"]["0"]["note"] == "Of 4 runs, the first 2 can be replayed."
