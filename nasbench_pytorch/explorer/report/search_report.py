"""Report of a search, or of several that are compared: regret, replay, final results, conduct, incumbents, settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nasbench_pytorch.explorer.report.page import page, picture, section, wide
from nasbench_pytorch.explorer.report.replay import replay_over_map, searched_table
from nasbench_pytorch.explorer.views.read_searches import read_searches
from nasbench_pytorch.markup import Markup, element, facts_markup, table_markup
from nasbench_pytorch.search import ReportContents, compare_runs
from nasbench_pytorch.search.reports.names import budget_text
from nasbench_pytorch.search.reports.notes import page_notes
from nasbench_pytorch.search.reports.number_text import worth_text
from nasbench_pytorch.search.reports.pictures import common_incumbents, regret_figures
from nasbench_pytorch.search.reports.rules_text import rule_lines
from nasbench_pytorch.search.reports.text import page_tables
from nasbench_pytorch.space.drawing import cell_cards


def search_report(folder: str | os.PathLike[str]) -> str:
    """Return the report of a search, or of a folder with several, as an HTML document.

    With the searches' table on this machine, their runs are replayed over its map. Without it, regrets are of what the
    algorithms observed, and the report says so.

    Args:
        folder: the folder of a search, or one that holds folders of searches.

    Raises:
        InputError: no run is finished, or the searches cannot be compared.
        MissingExtraError: matplotlib is not installed.
        OSError: a file cannot be read.
    """
    searches = read_searches(folder)
    table, why_none = searched_table(searches[0].about)
    contents = compare_runs(searches, table=table, without_table=table is None)
    replay = None if table is None else replay_over_map(table, searches, contents)
    regret, final = regret_figures(contents)
    tables, notes = page_tables(contents), page_notes(contents)
    names = ", ".join(search.name for search in contents.searches)
    about = element("div", [element("p", line.replace("`", "")) for line in rule_lines(contents)])
    sections = [
        None if why_none is None else element("p", why_none, class_="notice"),
        section("Regret", picture(regret, "regret", f"Regret over cost of {names}")),
        None if replay is None else replay.section,
        _table("Final regret", tables, notes),
        section("Distribution of final regret", picture(final, "final", f"Share of runs by final regret of {names}")),
        section("Incumbents", "Cells that most runs ended with, and what they are worth.", _incumbents(contents)),
        *(_table(name, tables, notes) for name in ("Regret over cost", "Conduct", "Pairwise tests") if name in tables),
        section(
            "Settings",
            element("div", [_settings(search.name, search.about) for search in contents.searches], class_="beside"),
        ),
    ]
    shown = [item for item in sections if item is not None]
    return page(f"Search {Path(folder).resolve().name}", about, shown, None if replay is None else replay.interactive)


def _table(name: str, tables: dict[str, tuple[list[str], list[list[str]]]], notes: dict[str, str]) -> Markup:
    headings, rows = tables[name]
    left = tuple(
        number for number, heading in enumerate(headings) if heading in ("search", "sampler", "first", "second")
    )
    return section(name, notes.get(name) or None, wide(table_markup(headings, rows, left=left)))


def _incumbents(contents: ReportContents) -> Markup:
    cards = [
        (one.spec, (one.search, f"{one.ended_here:,} of {one.runs:,}: {worth}", element("code", one.hash[:8])))
        for one in common_incumbents(contents)
        for worth in [worth_text(one.worth, contents.worth_is)]
    ]
    return cell_cards(cards)


def _settings(name: str, about: dict[str, Any]) -> Markup:
    known = {**about, "budget": budget_text(about)}
    facts = {key: _text(value) for key, value in known.items() if value is not None}
    return element("div", element("h3", name), facts_markup(facts))


def _text(value: Any) -> str:
    return ", ".join(f"{key}: {item}" for key, item in value.items()) if isinstance(value, dict) else str(value)
