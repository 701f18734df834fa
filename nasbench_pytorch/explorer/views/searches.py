"""Searches to be replayed over the map: their runs, incumbents, and the regret of several algorithms."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.errors import NotInTableError
from nasbench_pytorch.explorer.views.read_searches import SearchSource, check_cells, read_searches
from nasbench_pytorch.search.evaluators.table_source import digest_of
from nasbench_pytorch.search.reports.comparable import check_comparable, common_cost
from nasbench_pytorch.search.reports.incumbents import CostName, cost_so_far, incumbent_of_each
from nasbench_pytorch.search.reports.names import unique_names
from nasbench_pytorch.search.reports.write import compare_runs

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable
    from nasbench_pytorch.search.history import History
    from nasbench_pytorch.search.reports.contents import SearchReport
    from nasbench_pytorch.search.saving.search_runs import SearchRuns

ALL = "all"
"""Name of all searches side by side."""

MOST_EVENTS = 200_000
"""Evaluations of one replay; more runs than these make are left out."""

COST_LABELS: dict[CostName, str] = {
    "seconds": "simulated training time (s)",
    "evaluations": "evaluations",
    "epochs": "epochs trained",
}
"""What the costs of searches count, with the unit."""


class Searches:
    """Searches over the cells of a table.

    Attributes:
        found: name in addresses → the search.
        labels: name in addresses → name that is shown.
        why_apart: why the searches cannot be compared; None if they can.

    Args:
        table: the table that is explored.
        sources: folders of `nasbench search run`, folders that hold several of them, or what was read from one.

    Raises:
        InputError: a folder holds no search or a damaged one, or its cells are not of the table's space.
    """

    def __init__(self, table: ExploredTable, sources: Sequence[SearchSource]) -> None:
        self._table = table
        searches = [search for source in sources for search in read_searches(source)]
        for search in searches:
            check_cells(table, search)
        names = unique_names([search.about for search in searches])
        self.found = {str(number): search for number, search in enumerate(searches)}
        self.labels = {str(number): name for number, name in enumerate(names)}
        self.why_apart: str | None = None
        if searches:
            try:
                check_comparable(searches)
            except InputError as error:
                self.why_apart = str(error)

    def describe(self) -> list[dict[str, Any]]:
        """Return the searches as plain values, all of them together first where they can be compared."""
        single = [
            {"id": name, "label": self.labels[name], "algorithm": search.name, "runs": len(search.runs)}
            for name, search in self.found.items()
        ]
        if len(single) < 2 or self.why_apart is not None:
            return single
        runs = sum(len(search.runs) for search in self.found.values())
        return [{"id": ALL, "label": f"all {len(single)} searches", "algorithm": None, "runs": runs}, *single]

    def replay(self, name: str, most_runs: int) -> dict[str, Any]:
        """Return a search as plain values, to be replayed.

        Args:
            name: of `describe`.
            most_runs: number of runs of each search; the first ones are taken.

        Returns:
            `runs`, each with the row of every evaluated cell (-1 where the table lacks it), the cost so far, the
            accuracy that the algorithm observed (None for NaN) and the number of the evaluation that is the incumbent
            (-1 for none); and `regret` by cost, with quartiles, of every search.

        Raises:
            NotInTableError: there is no such search.
        """
        chosen = list(self.found) if name == ALL and self.why_apart is None else [name]
        if not chosen or not set(chosen) <= set(self.found):
            raise NotInTableError(f"there is no search '{name[:40]}'; there are: {', '.join(self.found) or 'none'}")
        regret, note = self._regret(tuple(chosen))
        return {
            "id": name,
            "label": self.labels.get(name, "all searches"),
            "x_label": COST_LABELS[self._cost_of(chosen)],
            "runs": self.runs(chosen, most_runs),
            "regret": regret,
            "note": note,
        }

    def runs(
        self, chosen: Sequence[str], most_runs: int, most_events: int = MOST_EVENTS, cost: CostName | None = None
    ) -> list[dict[str, Any]]:
        """Return the first runs of some searches as plain values, see `replay`.

        Args:
            chosen: names of `describe`, of searches that can be compared.
            most_runs: number of runs of each search.
            most_events: evaluations of all of them; at least one run is returned.
            cost: what their costs count; None for what limits them.
        """
        cost = self._cost_of(chosen) if cost is None else cost
        runs: list[dict[str, Any]] = []
        events = 0
        for name in chosen:
            search = self.found[name]
            for number, history in list(search.runs.items())[:most_runs]:
                events += len(history)
                if runs and events > most_events:
                    return runs
                label = f"{self.labels[name]}, run {number}"
                runs.append({"label": label, "algorithm": self.labels[name], **self._events(search, history, cost)})
        return runs

    def _cost_of(self, chosen: Sequence[str]) -> CostName:
        return common_cost([self.found[name].about for name in chosen])

    def _events(self, search: SearchRuns, history: History, cost: CostName) -> dict[str, Any]:
        space = self._table.space
        assert space is not None, "checked at the start"
        positions = history.positions.astype(np.int64)
        rule, full = search.about["rules"]["incumbent"], max(search.about["epochs"])
        return {
            "rows": space.rows_in_table(positions).tolist(),
            "costs": cost_so_far(history, cost).tolist(),
            "accuracies": _plain(history.values),
            "incumbents": incumbent_of_each(history, rule, full).tolist(),
        }

    @functools.lru_cache(maxsize=32)  # noqa: B019 - as long-lived as the server
    def _regret(self, chosen: tuple[str, ...]) -> tuple[list[dict[str, Any]], str | None]:
        """Return the regret curves of searches, or why there are none."""
        searches = [self.found[name] for name in chosen]
        about = searches[0].about
        is_of_table = about["evaluate"] == "table" and about.get("digest") == digest_of(self._table.file)
        try:
            contents = compare_runs(searches, table=self._table.file if is_of_table else None)
        except (InputError, OSError) as error:
            return [], f"no regret: {error}"
        names = [self.labels[name] for name in chosen]
        note = None if is_of_table or about["evaluate"] != "table" else f"the search asked the table {about['table']}"
        return [curve_facts(name, report) for name, report in zip(names, contents.searches, strict=True)], note


def curve_facts(name: str, report: SearchReport) -> dict[str, Any]:
    """Return a search's regret over cost as plain values: number of runs, costs, mean, median and quartiles."""
    curve = report.curve
    values = {key: _plain(getattr(curve, key)) for key in ("mean", "median", "low", "high")}
    return {"algorithm": name, "runs": len(report.finals), "cost": curve.at.tolist(), **values}


def _plain(values: npt.NDArray[np.float64]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]
