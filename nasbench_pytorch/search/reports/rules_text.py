"""The rules of a report's searches as sentences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.search.reports.names import budget_text
from nasbench_pytorch.search.reports.number_text import cost_text
from nasbench_pytorch.search.reports.truth import PUBLISHED_BEST_TEST

if TYPE_CHECKING:
    from nasbench_pytorch.search.reports.contents import ReportContents

_COST_HEADINGS = {"seconds": "simulated training time (s)", "evaluations": "evaluations", "epochs": "epochs"}
_REPEATS = {
    "random": "each query draws one of the cell's repeats at random",
    "mean": "each query gives the mean of the cell's repeats",
}
_CHARGED = {
    "drawn": "and costs that repeat's training time",
    "mean": "and costs the mean of their training times",
    "sum": "and costs the sum of their training times",
}
_INCUMBENT = {
    "any_budget": "after any budget",
    "full_budget": "after the largest budget only",
    "largest_budget_so_far": "after the largest budget that the run has used",
}
_REPORTED = {
    "mean_test": "the mean test accuracy of its repeats after the largest budget",
    "drawn_test": "the test accuracy of the very repeat that was drawn",
}


def cost_heading(contents: ReportContents) -> str:
    """Return the name and unit of the cost, for an axis or a column."""
    simulated = contents.searches[0].about["evaluate"] == "table"
    return _COST_HEADINGS[contents.cost] if simulated or contents.cost != "seconds" else "time (s)"


def rule_lines(contents: ReportContents) -> list[str]:
    """Return the rules of the searches as sentences, and their budgets where these differ."""
    return [escape_controls(line) for line in (*_rules(contents), *_budgets(contents))]


def _rules(contents: ReportContents) -> list[str]:
    about = contents.searches[0].about
    rules = about["rules"]
    incumbent = _INCUMBENT[rules["incumbent"]]
    if contents.truth is None and about["evaluate"] == "table":
        return [
            f"{_protocol(about)}, which is not read here: {_repeats_and_charges(rules)}.",
            f"Incumbent: the largest observed {contents.worth_is} so far, {incumbent}. Regret: from "
            f"the best of all these runs, {contents.best:.6g}, not of the table, and not of test accuracies.",
        ]
    if contents.truth is None:
        kind = about["evaluate"]
        known = {"training": f"trainings on {about.get('dataset')}", "proxy": f"the proxy {about.get('proxy')}"}
        what = known.get(kind, kind)
        return [
            f"Evaluated by {what}; costs are measured, so results differ from machine to machine.",
            f"Incumbent: the largest {contents.worth_is} so far, {incumbent}. Regret: from the best of "
            f"all these runs, {contents.best:.6g}, so regret 0 does not mean that the best cell was found.",
        ]
    objective = "The algorithm sees test accuracies: this protocol searches on them." * (rules["searched"] == "test")
    return [
        f"{_protocol(about)}: {_repeats_and_charges(rules)}. {objective}".rstrip(),
        f"Incumbent: the largest {rules['searched']} accuracy so far, {incumbent}. It is reported as "
        f"{_REPORTED[rules['reported']]} ({contents.truth.full_epochs} epochs).",
        f"Regret: from the best mean test accuracy of this table, {contents.best:.6f}; {_published(contents)}.",
    ]


def _protocol(about: dict[str, Any]) -> str:
    protocol, table = (name.replace("`", "'") for name in (about["protocol"], Path(about["table"]).name))
    return f"Protocol `{protocol}` on the table `{table}` ({about['cells']:,} cells)"


def _budgets(contents: ReportContents) -> list[str]:
    """Return a sentence about budgets that differ; none if they are the same."""
    budgets = dict.fromkeys(budget_text(search.about) for search in contents.searches)
    if len(budgets) == 1:
        return []
    return [
        f"The budgets of the searches differ ({'; '.join(budgets)}). They are compared over {contents.cost}, up to "
        f"{cost_text(contents.end)} {contents.cost}, where the first search ends."
    ]


def _published(contents: ReportContents) -> str:
    assert contents.truth is not None
    if contents.published_gap is not None:
        return f"the published table's is {PUBLISHED_BEST_TEST:.15f}"
    return (
        f"the published best, {PUBLISHED_BEST_TEST:.6f}, is not compared with, since this table does not have all "
        "cells of NAS-Bench-101 after 108 epochs"
    )


def _repeats_and_charges(rules: dict[str, Any]) -> str:
    return f"{_REPEATS[rules['repeats']]}, {_CHARGED[rules['charged']]}"
