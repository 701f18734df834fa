"""`nasbench search report`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

from nasbench_pytorch.cli.shared.columns import table_lines
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from nasbench_pytorch.search.reports.contents import ReportContents


@dataclass(frozen=True)
class _Report:
    folders: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Folders of nasbench search run, of one table and protocol."""
    out: Path | None = None
    """Folder for the report: report.md, pictures, and the numbers as Arrow and JSON. If omitted, only a summary is
    printed."""
    table: str | None = None
    """Table of the searches, if it is not found by the name in them."""
    cost: Literal["seconds", "evaluations", "epochs"] | None = None
    """Cost on the axis of the curves; if omitted, one that limits all the searches, or else some."""
    incumbent: Literal["any_budget", "full_budget", "largest_budget_so_far"] | None = None
    """Which trainings may become the incumbent: those with any budget, only those with the largest, or only those with
    the largest that the run has used so far; if omitted, the protocol's rule."""
    json: Path | None = None
    """Print the report as JSON instead of text; with the name of a .json file, write it there."""


def report(arguments: list[str]) -> None:
    """Compare searches."""
    about = "Compare searches: regret over cost, final regret with intervals and tests, pictures."
    parsed = parse(_Report, arguments, "nasbench search report", about)
    check_json_path(parsed.json)
    if not parsed.folders:
        raise InputError("no search was named; give folders of nasbench search run, such as runs/re")
    from nasbench_pytorch.search.reports.write import compare_runs, report_facts, write_report

    contents = compare_runs(parsed.folders, table=parsed.table, cost=parsed.cost, incumbent=parsed.incumbent)
    if parsed.out is not None:
        write_report(contents, parsed.out)
    if write_result(parsed.json, {"out": parsed.out, **report_facts(contents)}):
        return
    print_lines(*report_lines(contents))
    if parsed.out is not None:
        print_lines(f"{parsed.out}: report.md, regret.png and the numbers as Arrow and JSON")


def report_lines(contents: ReportContents) -> list[str]:
    """Return the rules and the final regrets as text."""
    from nasbench_pytorch.search.reports.notes import missing_values
    from nasbench_pytorch.search.reports.number_text import cost_text, interval_text, number, share_text
    from nasbench_pytorch.search.reports.rules_text import rule_lines
    from nasbench_pytorch.search.reports.tables import conduct_columns

    percent = contents.worth_is != "score"
    conduct = conduct_columns(contents)
    columns = (conduct[name] for name in ("evaluations_per_run", "duplicates", "invalid"))
    rows = [
        [
            search.name,
            f"{search.final.runs:,}",
            number(search.final.mean, percent),
            interval_text(search.final.mean_interval, percent),
            number(search.final.median, percent),
            f"{evaluations:,.0f}",
            share_text(duplicates),
            share_text(invalid),
        ]
        for search, evaluations, duplicates, invalid in zip(contents.searches, *columns, strict=True)
    ]
    unit = "% " if percent else ""
    headings = ["search", "runs", f"{unit}regret", "95 %", "median", "evaluations", "% duplicates", "% invalid"]
    rules = [line.replace("`", "") for line in rule_lines(contents)]
    at = f"final regret at {cost_text(contents.end)} {contents.cost}"
    return [*rules, "", at, *table_lines(headings, rows, left=(0,)), *missing_values(contents)]
