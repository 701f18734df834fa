"""Reports on searches: against the table's queries, as files, and what they refuse."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.ipc
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import (
    Budget,
    Candidates,
    History,
    SearchRuns,
    compare,
    compare_runs,
    run_search,
    write_report,
)
from nasbench_pytorch.search.comparison import folder_names
from nasbench_pytorch.search.reports.compute_contents import report_contents
from nasbench_pytorch.search.reports.names import unique_names
from nasbench_pytorch.search.reports.text import markdown
from nasbench_pytorch.search.reports.truth import TableTruth
from nasbench_pytorch.search.reports.write import report_facts
from nasbench_pytorch.table import NASBench
from tests.helpers.search_algorithms_of_users import InOrder
from tests.helpers.search_tables import TableWithClosedTests

MINI: dict[str, Any] = {"table": "mini", "budget": Budget(seconds=3000.0), "settings": {"epochs": 12}}
FILES = {"conduct.arrow", "curves.arrow", "final.arrow", "incumbents.arrow", "tests.arrow"} | {
    "report.md", "report.json", "regret.png", "final_regret.png", "incumbents.png"
}  # fmt: skip


@pytest.fixture(scope="module")
def two() -> list[SearchRuns]:
    return [run_search("random_search", runs=6, **MINI), run_search(InOrder, runs=5, **MINI)]


def test_final_regrets_are_those_of_the_table(two: list[SearchRuns]) -> None:
    table = NASBench("mini")
    best = table.best("test_accuracy", epochs=12)[0].value
    contents = compare_runs(two)
    assert contents.best == pytest.approx(best)
    for search, runs in zip(contents.searches, two, strict=True):
        for number, history in enumerate(runs.runs.values()):
            place = history.positions[np.argmax(history.values)]
            module_hash = contents.space.hash_at(int(place))
            (mean,) = table.lookup([module_hash], "test_accuracy", 12)
            assert search.incumbents[number] == place
            assert search.finals[number] == pytest.approx(best - mean)
        assert search.curve.median[-1] == pytest.approx(np.median(search.finals))
        assert search.counts["evaluations"] == sum(map(len, runs.runs.values()))


def test_validation_regret_is_of_the_mean_and_of_the_accuracy_that_was_observed(two: list[SearchRuns]) -> None:
    table = NASBench("mini")
    best = table.best("validation_accuracy", epochs=12)[0].value
    contents = compare_runs(two)
    for search, runs in zip(contents.searches, two, strict=True):
        chosen = [(history, int(np.argmax(history.values))) for history in runs.runs.values()]
        hashes = [contents.space.hash_at(int(history.positions[place])) for history, place in chosen]
        assert search.validation is not None and search.observed is not None
        means = table.lookup(hashes, "validation_accuracy", 12)
        assert search.validation.mean[-1] == pytest.approx(best - np.mean(means))
        assert search.observed.mean[-1] == pytest.approx(
            best - np.mean([history.values[place] for history, place in chosen])
        )
    tested = run_search("random_search", runs=2, protocol="lanas", **{**MINI, "budget": Budget(evaluations=5)})
    assert compare_runs([tested]).searches[0].observed is None


PUBLISHED = "mean, to the published best"


def test_regret_is_counted_from_the_published_best_only_where_the_table_has_all_cells(
    two: list[SearchRuns], all_candidates: Candidates
) -> None:
    accuracies = np.linspace(0.1, 0.95, len(all_candidates.space))
    whole = TableTruth(all_candidates.space, 108, accuracies, accuracies)
    contents = report_contents(two, whole, "seconds")
    page = markdown(contents)
    assert PUBLISHED in page and "the published table's is 0.943175752957662" in page
    for search, row in zip(contents.searches, report_facts(contents)["final"]["mean_against_published"], strict=True):  # type: ignore[index]
        worth = [accuracies[history.positions[np.argmax(history.values)]] for history in search_runs(two, search.name)]
        assert row == pytest.approx(0.943175752957662 - np.mean(worth))
    without_one = np.where(np.arange(len(accuracies)) == 7, np.nan, accuracies)
    for other in (replace(whole, mean_test=without_one), replace(whole, full_epochs=36)):
        assert PUBLISHED not in markdown(report_contents(two, other, "seconds"))
    page = markdown(compare_runs(two))  # the table mini
    assert PUBLISHED not in page
    assert "0.943176, is not compared with, since this table does not have all cells of NAS-Bench-101 after 108" in page


def search_runs(searches: list[SearchRuns], name: str) -> list[History]:
    return next(list(runs.runs.values()) for runs in searches if runs.name == name)


def test_the_notebook_protocol_reports_the_very_repeat_that_was_drawn() -> None:
    runs = run_search("random_search", runs=4, protocol="notebook", **MINI)
    contents = compare_runs([runs])
    table = NASBench("mini")
    for number, history in enumerate(runs.runs.values()):
        place = int(np.argmax(history.values))
        module_hash = contents.space.hash_at(int(history.positions[place]))
        repeat = int(history.repeats[place])
        (drawn,) = table.lookup([module_hash], "test_accuracy", 12, repeat)
        (seen,) = table.lookup([module_hash], "validation_accuracy", 12, repeat)
        assert history.values[place] == pytest.approx(seen)
        assert contents.searches[0].worth[number] == pytest.approx(drawn)


def test_test_accuracies_are_read_for_the_report_and_not_before(two: list[SearchRuns]) -> None:
    closed = TableWithClosedTests(NASBench("mini").table.path)
    runs = run_search("random_search", runs=6, **{**MINI, "table": closed})
    assert all(runs.runs[run].equals(history) for run, history in two[0].runs.items())
    with pytest.raises(AssertionError, match="a test column was read"):
        compare_runs([runs], table=closed)


def test_a_report_is_a_folder_of_files_with_the_same_numbers(two: list[SearchRuns], tmp_path: Path) -> None:
    contents = compare_runs(two)
    write_report(contents, tmp_path / "report")
    assert {path.name for path in (tmp_path / "report").iterdir()} == FILES
    facts = json.loads((tmp_path / "report" / "report.json").read_text())
    with pyarrow.ipc.open_file(tmp_path / "report" / "final.arrow") as reader:
        columns = reader.read_all().to_pydict()
    assert columns["mean"] == pytest.approx(facts["final"]["mean"])
    page = (tmp_path / "report" / "report.md").read_text()
    assert f"{100 * contents.searches[0].final.mean:.3f}" in page
    stated = ("sampler", "draws one of the cell's repeats", "duplicates", "invalid", "0.943176", "any budget")
    assert [text for text in stated if text not in page] == []
    assert all((tmp_path / "report" / name).stat().st_size > 5000 for name in FILES if name.endswith(".png"))


PAIRS: list[Any] = [("random_search", {"epochs": 12}), (InOrder, {"epochs": 12}), (InOrder, {"epochs": 4})]
FEW: dict[str, Any] = {"table": "mini", "budget": Budget(evaluations=20), "runs": 3, "protocol": "naszilla"}


def test_compare_runs_algorithms_side_by_side() -> None:
    told: list[tuple[str, int]] = []
    contents = compare(PAIRS, progress=lambda name: lambda done, _: told.append((name, done)), **FEW)
    names = [search.name for search in contents.searches]
    assert names == ["random_search", "in_order (epochs=12)", "in_order (epochs=4)"]
    assert told == [(name, done) for name in ("random_search", "in_order", "in_order") for done in (1, 2, 3)]
    assert contents.cost == "evaluations" and contents.end == 20
    with pytest.raises(InputError, match="at least one algorithm"):
        compare([], **FEW)


def test_a_report_destroys_no_search(tmp_path: Path) -> None:
    found = run_search("random_search", runs=1, out=tmp_path / "s", **MINI)
    before = {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()}
    with pytest.raises(InputError, match="s holds the runs of a search; name another folder for the report"):
        write_report(compare_runs([found]), tmp_path / "s")
    with pytest.raises(InputError, match="s holds the runs of a search; name another folder for the comparison"):
        compare(["random_search"], out=tmp_path / "s", **FEW)
    (tmp_path / "s").rename(tmp_path / "report")
    with pytest.raises(InputError, match="report holds the runs of a search"):
        compare(["random_search"], out=tmp_path, **FEW)
    assert {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()} == before


def test_no_two_searches_of_a_comparison_share_a_folder() -> None:
    assert folder_names(["a", "b", "a"]) == ["a-1", "b", "a-3"]
    assert folder_names(["a-1", "a", "A", "report", "m:C", "../..", "", "a-2"]) == [
        "a-1", "a-2", "A-3", "report-4", "m-C", "-", "search", "a-2-8"
    ]  # fmt: skip
    long = folder_names(["x" * 300, "я😀" * 100])
    assert all(len(name.encode()) <= 200 for name in long) and len(set(long)) == 2
    with pytest.raises(InputError, match="InOrder is given twice with the same settings; give it once"):
        compare([InOrder, (InOrder, {"step": 2}), InOrder], **FEW)


@pytest.mark.slow
def test_a_comparison_in_a_folder_goes_on_and_ends_with_the_report(tmp_path: Path) -> None:
    contents = compare(PAIRS, out=tmp_path / "c", **FEW)
    folders = {"random_search", "in_order-2", "in_order-3", "report"}
    assert {path.name for path in (tmp_path / "c").iterdir()} == folders
    again = compare(PAIRS, out=tmp_path / "c", **FEW)
    assert markdown(again) == markdown(contents) == (tmp_path / "c" / "report" / "report.md").read_text()


def test_only_trainings_with_the_largest_budget_count_where_that_is_asked_for() -> None:
    found = run_search(
        "successive_halving", runs=4, table="mini", budget=Budget(evaluations=60),
        settings={"min_epochs": 4, "max_epochs": 12},
    )  # fmt: skip
    table = NASBench("mini")
    contents = compare_runs([found], incumbent="full_budget")
    assert compare_runs([found]).searches[0].curve.with_incumbent[0] == 4  # after one evaluation, with 4 epochs
    assert contents.searches[0].curve.with_incumbent[0] == 0
    for number, history in enumerate(found.runs.values()):
        full = np.flatnonzero(history.epochs == 12)
        place = history.positions[full[np.argmax(history.values[full])]]
        (mean,) = table.lookup([contents.space.hash_at(int(place))], "test_accuracy", 12)
        assert contents.searches[0].worth[number] == pytest.approx(mean)
    assert "after the largest budget only" in markdown(contents)
    with pytest.raises(InputError, match="unknown rule for incumbents 'best'; there are: any_budget, full_budget"):
        compare_runs([found], incumbent="best")  # type: ignore[arg-type]


def test_rows_of_runs_have_the_numbers_of_the_runs(two: list[SearchRuns]) -> None:
    without_first = SearchRuns(two[0].about, {run: two[0].runs[run] for run in (1, 2, 4)})
    facts: Any = report_facts(compare_runs([without_first]))
    assert facts["incumbents"]["run"] == [1, 2, 4]


def test_queries_to_the_optimum_are_counted(two: list[SearchRuns]) -> None:
    contents = compare_runs(two)
    for search, runs in zip(contents.searches, two, strict=True):
        for number, history in enumerate(runs.runs.values()):
            best, count = 0.0, np.nan
            for step, (value, place) in enumerate(zip(history.values, history.positions, strict=True), start=1):
                if value > best:
                    best, incumbent = value, place
                assert contents.truth is not None
                if np.isnan(count) and contents.truth.mean_test[incumbent] == contents.best:
                    count = step
            np.testing.assert_equal(search.to_optimum[number], count)


def test_searches_that_cannot_be_compared_are_refused(two: list[SearchRuns], tmp_path: Path) -> None:
    other = run_search("random_search", runs=2, protocol="naszilla", **MINI)
    with pytest.raises(InputError, match=r"different protocol cannot be compared: .* has paper, .* naszilla"):
        compare_runs([two[0], other])
    with pytest.raises(InputError, match="a report needs at least one search"):
        compare_runs([])
    with pytest.raises(InputError, match="unknown cost 'days'; there are: seconds, evaluations, epochs"):
        compare_runs(two, cost="days")  # type: ignore[arg-type]
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="is a file; name a folder for the report"):
        write_report(compare_runs(two), tmp_path / "file")
    with pytest.raises(InputError, match="random_search is given twice; report one of them"):
        compare_runs([two[0], two[1], SearchRuns(json.loads(json.dumps(two[0].about)), two[0].runs)])
    changed = SearchRuns({**two[0].about, "digest": "0" * 64}, two[0].runs)
    with pytest.raises(InputError, match="is not the table of these searches"):
        compare_runs([changed], table="mini")


def test_a_run_without_an_evaluation_counts_as_worst() -> None:
    found = run_search("random_search", runs=20, table="mini", settings={"epochs": 12}, budget=Budget(seconds=60.0))
    lengths = [len(history) for history in found.runs.values()]
    assert 0 < lengths.count(0) < 20
    contents = compare_runs([found])
    assert np.isnan(contents.searches[0].finals).sum() == lengths.count(0)
    assert "–" in markdown(contents)


def test_names_tell_searches_apart() -> None:
    def about(algorithm: str, seed: int = 0, origin: str | None = None, n: int = 9, **settings: Any) -> dict[str, Any]:
        known = {"algorithm": algorithm, "settings": settings, "deduplicate": False, "seed": seed}
        return {**known, "class": origin, "budget": {"evaluations": n}}

    assert unique_names([about("a", x=1), about("b", x=2)]) == ["a", "b"]
    assert unique_names([about("a", x=1), about("a", x=2)]) == ["a (x=1)", "a (x=2)"]
    assert unique_names([about("a", 1), about("a", 2), about("a", 2)]) == ["a (seed=1)", "a (seed=2)", "a (seed=2) #2"]
    assert unique_names([about("a"), about("a", n=5)]) == ["a (9 evaluations)", "a (5 evaluations)"]
    assert unique_names([about("a", x=1), about("a", x=2, n=5)]) == ["a (x=1)", "a (x=2)"]
    assert unique_names([about("a", origin="m:A"), about("a", origin="k:A")]) == ["a (class=m:A)", "a (class=k:A)"]
    own = about("smac", origin="mine:Smac")
    assert unique_names([own]) == ["smac (class=mine:Smac)"] != unique_names([about("smac")])
    del own["class"]  # as earlier versions wrote it
    assert unique_names([own]) == ["smac"]
    assert unique_names([about("a" * 99)]) == ["a" * 59 + "…"]
    assert unique_names([about("a\n# b\x1b")]) == ["a\\n# b\\x1b"]
