"""Runs of searches in a report, to be replayed over the map of their table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.pictures.of_cells import scatter_figure
from nasbench_pytorch.explorer.report.interactive_map import data_element, interactive_map, shown_rows
from nasbench_pytorch.explorer.report.packed_columns import as_text
from nasbench_pytorch.explorer.report.page import Interactive, picture, section
from nasbench_pytorch.explorer.views.explored_table import ExploredTable
from nasbench_pytorch.explorer.views.searches import ALL, COST_LABELS, Searches, curve_facts
from nasbench_pytorch.markup import Markup, element
from nasbench_pytorch.plots.figures import plain_label
from nasbench_pytorch.search.evaluators.table_source import digest_of
from nasbench_pytorch.table.default_table import open_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nasbench_pytorch.search import ReportContents, SearchRuns
    from nasbench_pytorch.table.storage.table_file import TableFile

MOST_EVALUATIONS = 60_000
"""Evaluations that a report replays: about half a megabyte."""
MOST_RUNS = 10
"""Runs of each search that a report replays."""
MOST_PATHS = 4
"""Searches whose first run is drawn in print."""


class Replay(NamedTuple):
    """The replay of a report: its section, and what the page needs for it."""

    section: Markup
    interactive: Interactive


def searched_table(about: dict[str, Any]) -> tuple[TableFile | None, str | None]:
    """Return the table that a search asked, or why there is none.

    Args:
        about: the search's description.
    """
    if about["evaluate"] != "table":
        how = "trained networks" if about["evaluate"] == "training" else "scored networks"
        return None, f"These searches {how}: there is no table, so no map of its cells, and no replay over it."
    try:
        table = open_table(about["table"])
        if digest_of(table) == about["digest"]:
            return table, None
        why = f"{table.path.name} on this machine is not the one that they asked, of {about['rows']:,} rows"
    except FileNotFoundError:
        why = f"there is no {about['table']} on this machine"
    except (InputError, OSError) as error:
        why = str(error)
    return None, f"Without the searches' table there is no replay over its map, and no test regret: {why}."


def replay_over_map(table: TableFile, found: Sequence[SearchRuns], contents: ReportContents) -> Replay | None:
    """Return the section in which runs are replayed over the map of their table; None where no map can be drawn.

    In print, and in browsers that cannot unpack it, a picture stands for it: the incumbents of the first run.

    Args:
        table: the table that the searches asked.
        found: the searches, which can be compared.
        contents: their comparison.
    """
    explored = ExploredTable(table)
    if explored.space is None:
        return None
    searches = Searches(explored, found)
    share = MOST_EVALUATIONS // len(searches.found)
    runs = {name: searches.runs([name], MOST_RUNS, share, contents.cost) for name in searches.found}
    paths = _paths(runs)
    replays = _replays(searches, runs, contents, shown_rows(explored))
    panel = element("div", id="report-replay", class_="replay", hidden=True)
    data = data_element("report-searches", as_text(json.dumps(replays).encode()))
    interactive = interactive_map(explored, "report_search.js", panel, data)
    if interactive is None:
        return None
    static = picture(
        scatter_figure(table, paths=paths),
        "replay",
        f"Incumbents of {', '.join(paths)} over all cells of the table",
        "Incumbents, joined in their order, over the cells of the table.",
    )
    return Replay(section("Replay", element("div", static, class_="static"), interactive.contents), interactive)


def _paths(runs: dict[str, list[dict[str, Any]]]) -> dict[str, list[int]]:
    """Return the incumbents of the first run of some searches, as rows of the table."""
    found = {}
    for run, *_ in list(runs.values())[:MOST_PATHS]:
        rows = dict.fromkeys(run["rows"][best] for best in run["incumbents"] if best >= 0)
        found[plain_label(run["label"])] = [row for row in rows if row >= 0]
    return found


def _replays(
    searches: Searches,
    runs: dict[str, list[dict[str, Any]]],
    contents: ReportContents,
    shown: npt.NDArray[np.int64],
) -> dict[str, Any]:
    """Return the searches as the page's search panel lists them, and each with its runs and regret.

    Rows become those of the map, which may have a part of the table's; costs have one decimal, small ones four.
    """
    place = dict(zip(shown.tolist(), range(len(shown)), strict=True))
    decimals = 1 if contents.end >= 100 else 4
    replays = {}
    for name, report in zip(searches.found, contents.searches, strict=True):
        total, first = len(searches.found[name].runs), len(runs[name])
        replays[name] = {
            "x_label": COST_LABELS[contents.cost],
            "runs": [
                {
                    **run,
                    "rows": [place.get(row, -1) for row in run["rows"]],
                    "costs": [round(cost, decimals) for cost in run["costs"]],
                }
                for run in runs[name]
            ],
            "regret": [curve_facts(report.name, report)],
            "note": "" if first == total else f"Of {total:,} runs, the first {first:,} can be replayed.",
        }
    return {"searches": searches.describe(), "all": ALL, "replays": replays}
