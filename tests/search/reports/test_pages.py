"""What the page of a report says: budgets, missing values, settings, rules, and names with any signs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.cli.search.report import report_lines
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import (
    Budget,
    Candidates,
    ProxySource,
    SearchRuns,
    compare_runs,
    run_search,
    write_report,
)
from nasbench_pytorch.search.reports.compute_contents import report_contents
from nasbench_pytorch.search.reports.number_text import cost_text
from nasbench_pytorch.search.reports.tables import conduct_columns, final_columns
from nasbench_pytorch.search.reports.text import markdown, page_tables
from tests.helpers.search_algorithms_of_users import InOrder
from tests.helpers.search_slow_source import SlowSource

MINI: dict[str, Any] = {"table": "mini", "settings": {"epochs": 12}}


@pytest.fixture(scope="module")
def short() -> SearchRuns:
    return run_search("random_search", runs=4, budget=Budget(evaluations=20), **MINI)


@pytest.fixture(scope="module")
def long() -> SearchRuns:
    return run_search("random_search", runs=4, budget=Budget(seconds=1e6, evaluations=60), **MINI)


def test_a_longer_search_is_cut_where_the_shorter_ends(short: SearchRuns, long: SearchRuns) -> None:
    contents = compare_runs([long, short])
    assert (contents.cost, contents.end) == ("evaluations", 20)
    cut, whole = contents.searches
    assert (cut.is_cut, whole.is_cut) == (True, False)
    shares = conduct_columns(contents)
    assert shares["evaluations_per_run"] == [20, 20]
    assert shares["duplicates"][0] == shares["duplicates"][1]  # the same seeds, so the same first evaluations
    np.testing.assert_array_equal(cut.to_optimum, whole.to_optimum)
    assert compare_runs([long]).searches[0].counts["evaluations"] == 4 * 60
    page = markdown(contents)
    for text in (
        "The budgets of the searches differ (1e+06 s, 60 evaluations; 20 evaluations). They are compared over "
        "evaluations, up to 20 evaluations",
        "| random_search (1e+06 s, 60 evaluations) | sampler: uniform, distinct: false, epochs: 12 | 0 | 1e+06 s, 60",
        "Some runs went on after 20 evaluations",
        "positively correlated",
    ):
        assert text in page
    paid_once = run_search("random_search", runs=4, budget=Budget(evaluations=60), deduplicate=True, **MINI)
    assert np.isnan(conduct_columns(compare_runs([paid_once, short]))["duplicates"][0])
    assert not {"differ", "went on"} & set(re.findall(r"differ|went on", markdown(compare_runs([short]))))


def test_the_cost_does_not_depend_on_the_order_of_the_searches(short: SearchRuns) -> None:
    timed = run_search(InOrder, runs=2, budget=Budget(seconds=2000.0), **MINI)
    assert compare_runs([short, timed]).cost == compare_runs([timed, short]).cost == "seconds"


def test_a_test_accuracy_that_is_missing_counts_as_worst_everywhere(short: SearchRuns) -> None:
    whole = compare_runs([short])
    assert whole.truth is not None
    last = whole.searches[0].incumbents[2]
    tests = np.where(np.arange(len(whole.truth.mean_test)) == last, np.nan, whole.truth.mean_test)
    contents = report_contents([short], replace(whole.truth, mean_test=tests), "evaluations")
    search = contents.searches[0]
    missing = int(np.isnan(search.finals).sum())
    assert 0 < missing < 4
    for statistic in ("median", "mean"):
        np.testing.assert_equal(getattr(search.final, statistic), getattr(search.curve, statistic)[-1])
    assert search.final.quartiles == pytest.approx((search.curve.low[-1], search.curve.high[-1]), nan_ok=True)
    assert (search.final.best, np.isnan(search.final.worst)) == (np.nanmin(search.finals), True)
    counted = f"random_search: {missing} of 4 runs with an incumbent whose test accuracy is missing."
    assert counted in markdown(contents) and any(counted in line for line in report_lines(contents))


def test_searches_without_a_full_training_are_reported_beside_others(tmp_path: Path) -> None:
    few: dict[str, Any] = {"table": "mini", "runs": 2, "budget": Budget(evaluations=12)}
    full = run_search("successive_halving", settings={"min_epochs": 4, "max_epochs": 12}, **few)
    none = run_search("random_search", settings={"epochs": 4}, **few)
    contents = compare_runs([none, full], incumbent="full_budget")
    assert "random_search: 2 of 2 runs without a training with the largest budget." in markdown(contents)
    write_report(contents, tmp_path)
    unread = compare_runs([none, full], incumbent="full_budget", without_table=True)
    assert np.isnan(unread.searches[0].finals).all() and np.isfinite(unread.searches[1].finals).all()
    with pytest.raises(InputError, match="no run of these searches has a training of 12 epochs, the largest budget"):
        compare_runs([none], incumbent="full_budget")


def test_pages_without_a_table_state_the_rule_and_no_optimum(small_candidates: Candidates) -> None:
    scored = run_search("random_search", source=ProxySource("params"), runs=1, budget=Budget(evaluations=3))
    trained = run_search(InOrder, source=SlowSource(small_candidates), runs=1, budget=Budget(evaluations=3))
    for found in (scored, trained):
        contents = compare_runs([found], incumbent="full_budget")
        assert "so far, after the largest budget only" in markdown(contents)
        assert "at the optimum" not in page_tables(contents)["Final regret"][0]
        assert "at_optimum" not in final_columns(contents) and "reached_optimum" not in conduct_columns(contents)


def test_a_stuck_run_is_explained() -> None:
    found = run_search("random_search", runs=1, budget=Budget(evaluations=500), deduplicate=True, **MINI)
    page = markdown(compare_runs([found]))
    assert "stuck: 1" in page and "A run is stuck, and ends, after 10,000 free proposals in a row" in page


class _Signs(InOrder):
    name = "_a|b $x$ <i>\n# `title`\x1b"


def test_a_name_with_any_sign_breaks_no_page_and_no_picture(tmp_path: Path) -> None:
    found = run_search(_Signs, runs=2, budget=Budget(evaluations=3), **MINI)
    contents = compare_runs([found])
    page = markdown(contents)
    assert page.replace("\n", "").isprintable()
    assert [line for line in page.split("\n") if line.startswith("# ")] == ["# Search report"]
    assert page.count(r"| _a\|b $x$ &lt;i>\\n# \`title\`\\x1b |") == 4
    tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    assert len(tables) == 4
    for table in tables:  # each row has as many bars as the heading
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    write_report(contents, tmp_path)


def test_small_costs_have_enough_digits() -> None:
    texts = [cost_text(value) for value in (0.0123, 0.5, 3.14159, 12.5, 150, 999.9, 1234.5, 1e7)]
    assert texts == ["0.0123", "0.5", "3.14", "12.5", "150", "1,000", "1,234", "10,000,000"]
    found = run_search("random_search", source=ProxySource("params"), runs=1, budget=Budget(seconds=0.5, evaluations=3))
    contents = compare_runs([found])
    costs = [row[0] for row in page_tables(contents)["Regret over cost"][1]]
    assert len(set(costs)) == len(costs) and "0" not in costs and costs[-1] == "0.5"
    assert "final regret at 0.5 seconds" in report_lines(contents)
