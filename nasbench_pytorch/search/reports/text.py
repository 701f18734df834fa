"""A report as Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.search.reports.curves import shown_costs
from nasbench_pytorch.search.reports.names import budget_text
from nasbench_pytorch.search.reports.notes import page_notes
from nasbench_pytorch.search.reports.number_text import cost_text, interval_text, number, share_text, worth_text
from nasbench_pytorch.search.reports.rules_text import cost_heading, rule_lines
from nasbench_pytorch.search.reports.tables import conduct_columns, final_columns

if TYPE_CHECKING:
    from nasbench_pytorch.search.reports.contents import ReportContents


def markdown(contents: ReportContents) -> str:
    """Return the report as a page in Markdown. Regrets are percentage points; those of proxies' scores are numbers."""
    notes = page_notes(contents)
    lines = ["# Search report", "", *rule_lines(contents), ""]
    for title, (headings, rows) in page_tables(contents).items():
        lines += [f"## {title}", ""]
        lines += [_plain(notes[title]), ""] if notes.get(title) else []
        lines += [*_table(headings, rows), ""]
        lines += [f"![{title.lower()}]({_PICTURES[title]})", ""] if title in _PICTURES else []
    lines += ["## Incumbents", "", "The cells that most runs ended with.", "", "![incumbents](incumbents.png)", ""]
    return "\n".join(lines)


_PICTURES = {"Regret over cost": "regret.png", "Final regret": "final_regret.png"}


def page_tables(contents: ReportContents) -> dict[str, tuple[list[str], list[list[str]]]]:
    """Return title → headings and rows of texts, for the tables of the page.

    Regrets are percentage points; those of proxies' scores are numbers. There are no tests for a single search.
    """
    percent = contents.worth_is != "score"
    tables = {
        "Searches": _search_rows(contents),
        "Regret over cost": _curve_rows(contents, percent),
        "Final regret": _final_rows(contents, percent),
        "Conduct": _conduct_rows(contents),
    }
    return {**tables, "Pairwise tests": _test_rows(contents)} if contents.tests else tables


def _search_rows(contents: ReportContents) -> tuple[list[str], list[list[str]]]:
    """Return what was run: settings, seed and all limits of a run; and the class, if one is a user's."""
    own = any(search.about.get("class") for search in contents.searches)
    headings = ["search", *["class"] * own, "settings", "seed", "budget of a run", "runs"]
    rows = []
    for search in contents.searches:
        settings = ", ".join(f"{name}: {_setting(value)}" for name, value in search.about["settings"].items())
        cells = [search.name, *[search.about.get("class") or "–"] * own, settings or "–", str(search.about["seed"])]
        rows.append([*cells, budget_text(search.about), f"{search.final.runs:,}"])
    return headings, rows


def _setting(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


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
        rows.append([cost_text(cost), *cells])
    return headings, rows


def _final_rows(contents: ReportContents, percent: bool) -> tuple[list[str], list[list[str]]]:
    columns = final_columns(contents)
    headings = ["search", "runs", "mean", "95 %", "median", "95 %", "quartiles", "best", "worst"]
    optimum = "at_optimum" in columns
    headings += ["at the optimum"] * optimum
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
        cells += [number(value["best"], percent), number(value["worst"], percent)]
        if optimum:
            cells.append(f"{100 * value['at_optimum']:.1f} %")
        if published:
            cells.append(number(value["mean_against_published"], percent))
        cells += [f"{value['mean_worth']:.6g}" if math.isfinite(value["mean_worth"]) else "–"]
        if trained:
            cells.append(worth_text(value["mean_test_accuracy"], contents.worth_is))
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
                f"{share_text(value['duplicates'])} %",
                f"{share_text(value['invalid'])} %",
                ", ".join(f"{name}: {count:,}" for name, count in ends.items() if count),
                *(_optimum_cells(value) if contents.truth is not None else ()),
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


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(map(_plain, headings))} |"
    yield f"|{'|'.join('---' for _ in headings)}|"
    for row in rows:
        yield f"| {' | '.join(map(_plain, row))} |"


def _plain(text: str) -> str:
    """Return text on one line that Markdown shows as it is: a name or a setting may hold any sign."""
    return escape_controls(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "\\`")
