"""A report as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.search.reports.curves import shown_costs
from nasbench_pytorch.search.reports.rules_text import cost_heading, rule_lines
from nasbench_pytorch.search.reports.tables import conduct_columns, final_columns

if TYPE_CHECKING:
    from nasbench_pytorch.search.reports.contents import ReportContents


def markdown(contents: ReportContents) -> str:
    """Return the report as a page in Markdown. Regrets are percentage points; those of proxies' scores are numbers."""
    percent = contents.worth_is != "score"
    lines = ["# Search report", "", *rule_lines(contents), "", "## Regret over cost", ""]
    lines += _table(*_curve_rows(contents, percent))
    lines += ["", "Mean (median) over the runs; – where a run has no incumbent yet.", ""]
    lines += ["![regret](regret.png)", "", "## Final regret", ""]
    lines += [f"At {contents.end:,.0f} {contents.cost}; intervals are 95 % bootstrap intervals.", ""]
    lines += _table(*_final_rows(contents, percent))
    lines += ["", "![distribution of final regret](final_regret.png)", "", "## Conduct", ""]
    lines += _table(*_conduct_rows(contents))
    if contents.tests:
        lines += [
            "",
            "## Pairwise tests",
            "",
            "Mann-Whitney, two-sided; p values corrected for all pairs by Holm's method.",
            "",
        ]
        lines += _table(*_test_rows(contents))
    lines += ["", "## Incumbents", "", "The cells that most runs ended with.", "", "![incumbents](incumbents.png)", ""]
    return "\n".join(lines)


def page_tables(contents: ReportContents) -> dict[str, tuple[list[str], list[list[str]]]]:
    """Return title → headings and rows of texts, for the tables of the page.

    Regrets are percentage points; those of proxies' scores are numbers. There are no tests for a single search.
    """
    percent = contents.worth_is != "score"
    tables = {
        "Final regret": _final_rows(contents, percent),
        "Regret over cost": _curve_rows(contents, percent),
        "Conduct": _conduct_rows(contents),
    }
    return {**tables, "Pairwise tests": _test_rows(contents)} if contents.tests else tables


def _curve_rows(contents: ReportContents, percent: bool) -> tuple[list[str], list[list[str]]]:
    first = contents.searches[0].curve
    shown = shown_costs(first.at)
    headings = [cost_heading(contents), *(search.name for search in contents.searches)]
    rows = []
    for index in shown:
        cells = [
            f"{number(search.curve.mean[index], percent)} ({number(search.curve.median[index], percent)})"
            for search in contents.searches
        ]
        cost = first.at[index]
        rows.append([f"{cost:,.0f}" if cost < 1e5 else f"{cost:.3g}", *cells])
    return headings, rows


def _final_rows(contents: ReportContents, percent: bool) -> tuple[list[str], list[list[str]]]:
    columns = final_columns(contents)
    headings = ["search", "runs", "mean", "95 %", "median", "95 %", "quartiles", "best", "worst", "at the optimum"]
    published = "mean_against_published" in columns
    headings += ["mean, to the published best"] * published + [f"incumbents: {contents.worth_is}"]
    trained = not all(map(math.isnan, columns.get("mean_test_accuracy", [math.nan])))
    headings += ["mean test accuracy"] * trained
    rows = []
    for row in zip(*columns.values(), strict=True):
        value = dict(zip(columns, row, strict=True))
        cells = [value["search"], f"{value['runs']:,}", number(value["mean"], percent)]
        cells += [interval_text((value["mean_low"], value["mean_high"]), percent), number(value["median"], percent)]
        cells += [interval_text((value["median_low"], value["median_high"]), percent)]
        cells += [interval_text((value["quartile_1"], value["quartile_3"]), percent)]
        cells += [number(value["best"], percent), number(value["worst"], percent), f"{100 * value['at_optimum']:.1f} %"]
        if published:
            cells.append(number(value["mean_against_published"], percent))
        cells += [f"{value['mean_worth']:.6g}" if math.isfinite(value["mean_worth"]) else "–"]
        if trained:
            cells.append(f"{value['mean_test_accuracy']:.4f}")
        rows.append(cells)
    return headings, rows


def _conduct_rows(contents: ReportContents) -> tuple[list[str], list[list[str]]]:
    columns = conduct_columns(contents)
    headings = [
        "search",
        "sampler",
        "known cells paid again",
        "evaluations a run",
        "duplicates",
        "invalid",
        "runs ended",
        *["runs that found a best cell", "after evaluations (median)"] * (contents.truth is not None),
    ]
    rows = []
    for row in zip(*columns.values(), strict=True):
        value = dict(zip(columns, row, strict=True))
        ends = {"by budget": value["ended_by_budget"], "finished": value["finished"], "stuck": value["stuck"]}
        rows.append(
            [
                value["search"],
                value["sampler"],
                "no" if value["deduplicate"] else "yes",
                f"{value['evaluations_per_run']:,.1f}",
                f"{100 * value['duplicates']:.1f} %",
                f"{100 * value['invalid']:.1f} %",
                ", ".join(f"{name}: {count:,}" for name, count in ends.items() if count),
                *_optimum_cells(value) * (contents.truth is not None),
            ]
        )
    return headings, rows


def _optimum_cells(value: dict[str, Any]) -> list[str]:
    reached = value["reached_optimum"]
    return [f"{reached:,}", f"{value['evaluations_to_optimum']:,.0f}" if reached else "–"]


def _test_rows(contents: ReportContents) -> tuple[list[str], list[list[str]]]:
    headings = ["first", "second", "first has less regret with probability", "p", "p (Holm)"]
    rows = [
        [test.first, test.second, f"{test.first_is_better:.3f}", f"{test.p:.2g}", f"{test.p_holm:.2g}"]
        for test in contents.tests
    ]
    return headings, rows


def number(value: float, percent: bool) -> str:
    """Return a regret as text: percentage points with three decimals, or a number; a dash if it is not finite."""
    if not math.isfinite(value):
        return "–"
    return f"{100 * value:.3f}" if percent else f"{value:.4g}"


def interval_text(bounds: tuple[float, float], percent: bool) -> str:
    """Return two regrets as text, see `number`; a dash if the first is not finite."""
    low, high = bounds
    return "–" if not math.isfinite(low) else f"{number(low, percent)} to {number(high, percent)}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'|'.join('---' for _ in headings)}|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
