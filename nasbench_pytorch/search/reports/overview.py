"""What notebooks show of searches."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.markup import Markup, element, facts_markup, table_markup
from nasbench_pytorch.search.reports.text import page_tables, rule_lines

if TYPE_CHECKING:
    from nasbench_pytorch.search.reports.contents import ReportContents
    from nasbench_pytorch.search.run import SearchRuns


def runs_overview(found: SearchRuns) -> Markup:
    """Return algorithm, protocol, budget and numbers of evaluations; no test accuracy is read for them."""
    about, histories = found.about, list(found.runs.values())
    ends = Counter(history.ended_by for history in histories)
    settings = about.get("settings") or {}
    budget = {name: value for name, value in (about.get("budget") or {}).items() if value is not None}
    return facts_markup(
        {
            "algorithm": found.name,
            "settings": ", ".join(f"{name}: {value}" for name, value in settings.items()) or None,
            "protocol": about.get("protocol"),
            "budget of a run": ", ".join(f"{value:,} {name}" for name, value in budget.items()) or None,
            "runs": f"{len(histories):,}",
            "evaluations": f"{sum(map(len, histories)):,}",
            "ended by": ", ".join(f"{reason}: {count:,}" for reason, count in ends.items()) or None,
            "folder": found.folder,
        }
    )


def contents_overview(contents: ReportContents) -> Markup:
    """Return the rules, the picture of regret where matplotlib is installed, and the final regrets."""
    headings, rows = page_tables(contents)["Final regret"]
    rules = [element("p", line.replace("`", "")) for line in rule_lines(contents)]
    return element("div", rules, _regret(contents), table_markup(headings, rows, left=(0,)))


def _regret(contents: ReportContents) -> Markup | None:
    from nasbench_pytorch.plots.figures import figure_svg
    from nasbench_pytorch.search.reports.pictures import regret_figures

    try:
        return Markup(figure_svg(regret_figures(contents)[0], "regret"))
    except MissingExtraError:
        return None
