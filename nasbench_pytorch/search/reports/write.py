"""`compare_runs` and `write_report`: searches side by side, as contents and as a folder of files."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pyarrow as pa
from pyarrow import ipc

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write, write_json
from nasbench_pytorch.plots.figures import check_can_draw
from nasbench_pytorch.search.any_table import open_any_table
from nasbench_pytorch.search.evaluators.table_source import digest_of
from nasbench_pytorch.search.protocols import Incumbent
from nasbench_pytorch.search.reports.comparable import COSTS, common_cost
from nasbench_pytorch.search.reports.compute_contents import report_contents
from nasbench_pytorch.search.reports.tables import (
    Columns,
    conduct_columns,
    curve_columns,
    final_columns,
    run_columns,
    test_columns,
)
from nasbench_pytorch.search.reports.text import markdown
from nasbench_pytorch.search.reports.truth import TableTruth, read_truth
from nasbench_pytorch.search.saving.search_runs import SearchRuns
from nasbench_pytorch.search.saving.stored_search import check_no_search
from nasbench_pytorch.suggestions import unknown_name

if TYPE_CHECKING:
    from nasbench_pytorch.search.any_table import AnyTable
    from nasbench_pytorch.search.reports.contents import ReportContents
    from nasbench_pytorch.search.reports.incumbents import CostName

_TABLES: dict[str, Callable[[ReportContents], Columns]] = {
    "curves": curve_columns,
    "final": final_columns,
    "conduct": conduct_columns,
    "tests": test_columns,
    "incumbents": run_columns,
}


def compare_runs(
    searches: Sequence[SearchRuns | str | os.PathLike[str]] | SearchRuns | str | os.PathLike[str],
    *,
    table: AnyTable = None,
    cost: CostName | None = None,
    incumbent: Incumbent | None = None,
    without_table: bool = False,
) -> ReportContents:
    """Compare searches: regret over cost, final regrets, tests, and how they were conducted.

    This function reads the table's test accuracies, unless `without_table` is true.

    Args:
        searches: results of `run_search`, or folders with them; all of one table, and under the same rules. A list,
            or a single one.
        table: the table of the searches; None opens it by the name in the searches.
        cost: what the axis of the curves counts; None takes what limits all searches, or some of them.
        incumbent: which evaluations may become the incumbent, see `Protocol`; None takes the protocol's rule.
        without_table: whether to read no table, if it is not on this machine. Regrets are then differences of observed
            accuracies from the best of all these runs.

    Raises:
        InputError: there is no search, they cannot be compared, or the table is not the one that they used.
    """
    if isinstance(searches, SearchRuns | str | os.PathLike):
        searches = [searches]
    if not isinstance(searches, Iterable):
        raise InputError(f"searches must be a list of results of run_search or of their folders, got {searches!r}")
    found = [_runs_of(item) for item in searches]
    if not found:
        raise InputError("a report needs at least one search, got none; give results of run_search, or their folders")
    if incumbent is not None:
        found = [_with_rule(runs, incumbent) for runs in found]
    about = found[0].about
    chosen = cost or common_cost([runs.about for runs in found])
    if chosen not in COSTS:
        raise unknown_name("cost", chosen, COSTS)
    if table is not None and about["evaluate"] != "table":
        raise InputError(f"these searches used no table but evaluate={about['evaluate']}; leave the table out")
    truth = _truth(found, table) if about["evaluate"] == "table" and not without_table else None
    return report_contents(found, truth, chosen)


def _runs_of(item: object) -> SearchRuns:
    if isinstance(item, SearchRuns):
        return item
    if not isinstance(item, str | os.PathLike):
        raise InputError(f"a search is a result of run_search, or a folder with one, got {item!r}")
    return SearchRuns.read(item)


def _with_rule(runs: SearchRuns, incumbent: Incumbent) -> SearchRuns:
    """Return the same runs under another rule for incumbents."""
    if incumbent not in get_args(Incumbent):
        raise unknown_name("rule for incumbents", incumbent, get_args(Incumbent))
    about = {**runs.about, "rules": {**runs.about["rules"], "incumbent": incumbent}}
    return SearchRuns(about, runs.runs, runs.folder, runs.made)


def write_report(contents: ReportContents, out: str | os.PathLike[str]) -> None:
    """Write a report into a folder, which is made if it does not exist.

    The folder holds `report.md`, `report.json`, `curves.arrow`, `final.arrow`, `conduct.arrow`, `tests.arrow`,
    `incumbents.arrow`, `regret.png`, `final_regret.png` and `incumbents.png`.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InputError: `out` is a file, or holds the runs of a search.
        OSError: the folder cannot be written.
    """
    from nasbench_pytorch.search.reports.pictures import draw_pictures

    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder for the report")
    check_no_search(folder, "the report")
    check_can_draw()
    page, facts = markdown(contents), report_facts(contents)
    folder.mkdir(parents=True, exist_ok=True)
    draw_pictures(folder, contents)
    for name, columns_of in _TABLES.items():
        _write_arrow(folder / f"{name}.arrow", columns_of(contents))
    with atomic_write(folder / "report.md", "w") as stream:
        stream.write(page)
    write_json(folder / "report.json", facts)


def report_facts(contents: ReportContents) -> dict[str, object]:
    """Return a report as plain values: the tables as columns, with the settings of each search."""
    return {
        "cost": contents.cost,
        "end": contents.end,
        "best": contents.best,
        "worth_is": contents.worth_is,
        "searches": {search.name: _finite(search.about) for search in contents.searches},
        **{name: _plain(columns_of(contents)) for name, columns_of in _TABLES.items()},
    }


def _plain(columns: Columns) -> Columns:
    """Return columns with None in place of NaN and infinity, which JSON lacks."""
    return {
        name: [None if isinstance(value, float) and not math.isfinite(value) else value for value in values]
        for name, values in columns.items()
    }


def _finite(value: Any) -> Any:
    """Return a plain value with texts in place of NaN and infinity, which JSON lacks."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _write_arrow(path: Path, columns: Columns) -> None:
    table = pa.table(columns)
    with atomic_write(path) as stream, ipc.new_file(stream, table.schema) as writer:
        writer.write_table(table)


def _truth(found: Sequence[SearchRuns], table: AnyTable) -> TableTruth:
    about = found[0].about
    opened = open_any_table(about["table"] if table is None else table)
    if digest_of(opened) != about["digest"]:
        raise InputError(
            f"{opened.path} is not the table of these searches, which was '{about['table']}' with {about['rows']:,} "
            "rows; name that one (table=…, or --table)"
        )
    epochs = {value for runs in found for value in runs.about["epochs"]}
    return read_truth(opened, epochs, about["rules"]["reported"])
