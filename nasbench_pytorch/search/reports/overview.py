"""A report on searches as HTML for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.markup import Markup, element, table_markup
from nasbench_pytorch.search.reports.rules_text import rule_lines
from nasbench_pytorch.search.reports.text import page_tables

if TYPE_CHECKING:
    from nasbench_pytorch.search.reports.contents import ReportContents


def contents_overview(contents: ReportContents) -> Markup:
    """Return the rules, the picture of regret if matplotlib is installed, and the final regrets."""
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
