"""Report of a campaign: progress, curves, a map of the cells, results, failures, settings and machines."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nasbench_pytorch.campaign import CampaignStatus, TrialState, read_status
from nasbench_pytorch.explorer.opened import opened_results
from nasbench_pytorch.explorer.report import table_parts
from nasbench_pytorch.explorer.report.interactive_map import interactive_map
from nasbench_pytorch.explorer.report.page import page, section, wide
from nasbench_pytorch.explorer.views.explored_table import ExploredTable
from nasbench_pytorch.markup import Markup, element, facts_markup, table_markup

_NOTES = 50
"""Failed and running trials that are listed at most."""


def campaign_report(folder: str | os.PathLike[str]) -> str:
    """Return the report of a campaign as an HTML document, also while it runs.

    Raises:
        InputError: there is no campaign, or its ledger is damaged.
        MissingExtraError: matplotlib is not installed.
        OSError: a file cannot be read.
    """
    status = read_status(folder, _NOTES)
    finished = status.count(TrialState.FINISHED)
    interactive = None
    sections: list[Markup | None] = [section("Progress", _bar(status), wide(_budgets(status)), _rates(status))]
    if finished:
        with opened_results(os.fspath(folder)) as table:
            interactive = interactive_map(ExploredTable(table))
            sections += [
                table_parts.budgets_section(table),
                table_parts.curves_section(table),
                table_parts.scatter_section(table, *([interactive.contents] if interactive else [])),
                table_parts.correlations_section(table),
                table_parts.best_cells_section(table),
            ]
    sections += [_failures(status), _running(status), _settings(status), _machines(status)]
    about = f"Campaign with {finished:,} of {status.trials:,} trials done."
    title = f"Campaign {Path(folder).resolve().name}"
    return page(title, about, [item for item in sections if item is not None], interactive)


def _bar(status: CampaignStatus) -> Markup:
    shares = {state: status.count(state) / max(1, status.trials) for state in (TrialState.FINISHED, TrialState.FAILED)}
    parts = [element("span", class_=state.value, style=f"width:{share:.4%}") for state, share in shares.items()]
    text = ", ".join(f"{status.count(state):,} {state.value}" for state in TrialState)
    return element("div", parts, class_="bar", role="img", aria_label=text)


def _budgets(status: CampaignStatus) -> Markup:
    rows = [
        [
            budget.epochs,
            *(f"{budget.trials.get(state, 0):,}" for state in TrialState),
            f"{budget.total_time_s / 3600:,.2f}" if budget.total_time_s else "–",
        ]
        for budget in status.budgets
    ]
    return table_markup(["epochs", *(state.value for state in TrialState), "hours spent"], rows)


def _rates(status: CampaignStatus) -> Markup:
    left = status.remaining_s
    return facts_markup(
        {
            "speed": None if status.images_per_s is None else f"{status.images_per_s:,.0f} training images/s a worker",
            "left": f"about {left / 3600:,.1f} hours of work, to be divided by the number of workers" if left else None,
        }
    )


def _failures(status: CampaignStatus) -> Markup | None:
    failed = status.count(TrialState.FAILED)
    if not failed and not status.failed_tries:
        return None
    tries = ", ".join(f"{count:,} {reason}" for reason, count in sorted(status.failed_tries.items()))
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in status.failures.items())
    rows = [[note.hash, note.epochs, note.repeat, note.text] for note in status.failed]
    more = f", the newest {len(rows):,} of {failed:,}" if len(rows) < failed else ""
    return section(
        "Failures",
        facts_markup({"failed trials": reasons or None, "failed tries": tries or None}),
        wide(table_markup(["hash", "epochs", "repeat", "reason"], rows, left=(0, 3), caption=f"Failed trials{more}"))
        if rows
        else None,
    )


def _running(status: CampaignStatus) -> Markup | None:
    if not status.running:
        return None
    heading = "Cut off" if status.is_driven is False else "Running"
    rows = [[note.hash, note.epochs, note.repeat, note.text] for note in status.running]
    return section(heading, wide(table_markup(["hash", "epochs", "repeat", "since"], rows, left=(0, 3))))


def _settings(status: CampaignStatus) -> Markup:
    settings = status.settings.to_dict()
    groups = [settings.pop("recipe"), settings.pop("skeleton")]
    named = {"settings": settings, "recipe": groups[0], "network": groups[1]}
    parts = [element("div", element("h3", name), facts_markup(_texts(values))) for name, values in named.items()]
    selections = [
        element("div", element("h3", f"selection {number}"), facts_markup(_texts(values)))
        for number, values in enumerate(status.selections, 1)
    ]
    return section("Settings", element("div", *parts, *selections, class_="beside"))


def _texts(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _machines(status: CampaignStatus) -> Markup | None:
    if not status.machines:
        return None
    rows = [[one.recipe_id, f"{one.results:,}", one.hardware, one.versions] for one in status.machines]
    return section(
        "Machines",
        "Results of one recipe id can be repeated bit for bit; across ids they agree only statistically.",
        wide(table_markup(["recipe id", "results", "hardware", "versions"], rows, left=(0, 2, 3))),
    )
