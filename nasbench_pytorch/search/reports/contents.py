"""The contents of a report: searches side by side, as arrays and plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.search.reports.comparable import check_comparable, check_positions, unique_names
from nasbench_pytorch.search.reports.curves import Curve, curve_of, fixed_costs
from nasbench_pytorch.search.reports.final_regret import FinalRegret, PairwiseTest, final_regret, pairwise_tests
from nasbench_pytorch.search.reports.incumbents import CostName, cost_so_far, incumbent_of_each, incumbents_at
from nasbench_pytorch.search.reports.truth import PUBLISHED_BEST_TEST, TableTruth
from nasbench_pytorch.space.cell_rows import NASBENCH101_CELLS
from nasbench_pytorch.space.enumerate import enumerate_cells, nasbench101_space

if TYPE_CHECKING:
    from nasbench_pytorch.search.search_runs import SearchRuns
    from nasbench_pytorch.space.search_space import SearchSpace

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SearchReport:
    """One search in a report.

    Attributes:
        name: name in the report; no two searches have the same.
        about: description of the search.
        curve: regret over cost.
        validation: regret over cost of the incumbents' mean validation accuracy; None without a table.
        observed: regret over cost of the validation accuracy by which the incumbents were chosen. It is counted from
            the best mean of a cell's repeats, as in nas_benchmarks. A lucky repeat exceeds that, so the regret may be
            below 0. None without a table, and where the search saw test accuracies.
        finals: float64, shape (runs,): final regret of each run.
        final: statistics of `finals`.
        worth: float64, shape (runs,): value of each run's last incumbent; see `ReportContents.worth_is`.
        incumbents: int64, shape (runs,): position of each run's last incumbent; -1 where there is none.
        tests: float64, shape (runs,): test accuracy of each run's last incumbent, if a training measured one; else NaN.
        to_optimum: float64, shape (runs,): number of each run's evaluations until its incumbent is a best cell of the
            table; NaN if it never is.
        counts: sums over the runs: evaluations, proposals, duplicates, invalid, and runs by their endings.
    """

    name: str
    about: dict[str, Any]
    curve: Curve
    validation: Curve | None
    observed: Curve | None
    finals: Floats
    final: FinalRegret
    worth: Floats
    incumbents: npt.NDArray[np.int64]
    tests: Floats
    to_optimum: Floats
    counts: dict[str, int]


@dataclass(frozen=True, eq=False)
class ReportContents:
    """All searches of a report.

    Attributes:
        searches: the searches.
        cost: what the axis of the curves counts.
        end: cost up to which the searches are compared: the smallest budget.
        best: the value from which regrets are counted.
        worth_is: what `SearchReport.worth` measures, in words.
        published_gap: difference between the published best mean test accuracy and `best`; a regret plus this is the
            regret against the published best. None unless the table has all cells of NAS-Bench-101 at 108 epochs.
        tests: the pairwise tests.
        truth: the table's accuracies; None without a table.
    """

    searches: list[SearchReport]
    cost: CostName
    end: float
    best: float
    worth_is: str
    published_gap: float | None
    tests: list[PairwiseTest]
    truth: TableTruth | None

    def __repr__(self) -> str:
        names = ", ".join(search.name for search in self.searches)
        return f"ReportContents({names}; up to {self.end:,.0f} {self.cost})"

    def _repr_html_(self) -> str:
        """Return the rules, the regret and the final regrets for notebooks."""
        from nasbench_pytorch.search.reports.overview import contents_overview

        return contents_overview(self)

    @property
    def space(self) -> SearchSpace:
        """The space in which positions are rows."""
        if self.truth is not None:
            return self.truth.space
        bounds = self.searches[0].about.get("bounds")
        return nasbench101_space() if bounds is None else enumerate_cells(*bounds)


def report_contents(found: Sequence[SearchRuns], truth: TableTruth | None, cost: CostName) -> ReportContents:
    """Compare searches.

    Args:
        found: the searches, at least one; all of one table or data set, and under the same rules.
        truth: the table's accuracies; None if the searches used no table, or their table is not read.
        cost: what the axis of the curves counts.

    Raises:
        InputError: the searches cannot be compared; the message names what differs.
    """
    check_comparable(found)
    check_positions(found, NASBENCH101_CELLS if truth is None else len(truth.space))
    end = min(_budget_of(runs, cost) for runs in found)
    at = fixed_costs(end, whole=cost != "seconds")
    worths = [_Worths(runs, truth, cost, at) for runs in found]
    if truth is not None:
        best, worth_is = truth.best_test, "mean test accuracy"
        if found[0].about["rules"]["reported"] == "drawn_test":
            worth_is = "test accuracy of the drawn repeat"
    else:
        best = float(np.nanmax([np.nanmax(item.over_cost, initial=-np.inf) for item in worths]))
        worth_is = _observed_name(found[0].about)
    names = unique_names([runs.about for runs in found])
    searches = [item.report(name, best) for name, item in zip(names, worths, strict=True)]
    tests = pairwise_tests({search.name: search.finals for search in searches})
    gap = PUBLISHED_BEST_TEST - best if truth is not None and truth.is_whole_nasbench101 else None
    return ReportContents(searches, cost, end, best, worth_is, gap, tests, truth)


def _observed_name(about: dict[str, Any]) -> str:
    """Return the name of the value that algorithms observe."""
    if about["evaluate"] == "table":
        return f"{about['rules']['searched']} accuracy"
    return "validation accuracy" if about["evaluate"] == "training" else "score"


class _Worths:
    """Values of the incumbents of a search's runs at fixed costs.

    Attributes:
        over_cost: float64, shape (runs, T); NaN where a run has no incumbent yet.

    Args:
        runs: the search.
        truth: the table's accuracies; None takes the observed values.
        cost: what `at` counts.
        at: costs, ascending, shape (T,).
    """

    def __init__(self, runs: SearchRuns, truth: TableTruth | None, cost: CostName, at: Floats) -> None:
        self._runs, self._truth, self._at = runs, truth, at
        rules = runs.about["rules"]
        full = max(runs.about["epochs"]) if truth is None else truth.full_epochs
        self.over_cost = np.full((len(runs.runs), len(at)), np.nan)
        self._validation = np.full((len(runs.runs), len(at)), np.nan)
        self._observed = np.full((len(runs.runs), len(at)), np.nan)
        self._positions = np.full(len(runs.runs), -1, dtype=np.int64)
        self._tests = np.full(len(runs.runs), np.nan)
        self._to_optimum = np.full(len(runs.runs), np.nan)
        for number, history in enumerate(runs.runs.values()):
            if not len(history):
                continue
            every = incumbent_of_each(history, rules["incumbent"], full)
            incumbents = incumbents_at(history, every, cost, at)
            positions = np.where(incumbents >= 0, history.positions[incumbents], -1)
            self._observed[number] = np.where(incumbents >= 0, history.values[incumbents], np.nan)
            if truth is None:
                self.over_cost[number] = self._observed[number]
            else:
                self.over_cost[number] = truth.worth(history, incumbents, rules["reported"])
                self._validation[number] = np.where(positions >= 0, truth.mean_validation[positions], np.nan)
                found = np.flatnonzero((every >= 0) & truth.is_best[history.positions[every]])
                self._to_optimum[number] = found[0] + 1 if len(found) else np.nan
            self._positions[number] = positions[-1]
            if history.test_accuracies is not None and incumbents[-1] >= 0:
                self._tests[number] = history.test_accuracies[incumbents[-1]]

    def report(self, name: str, best: float) -> SearchReport:
        """Return the search's part of the report.

        Args:
            name: name of the search in the report.
            best: the value from which regrets are counted.
        """
        regrets = best - self.over_cost
        validation = observed = None
        if self._truth is not None:
            validation = curve_of(self._truth.best_validation - self._validation, self._at)
            if self._runs.about["rules"]["searched"] == "validation":
                observed = curve_of(self._truth.best_validation - self._observed, self._at)
        histories = self._runs.runs.values()
        counts = Counter({"evaluations": sum(map(len, histories))})
        for kind in ("proposals", "invalid", "duplicates"):
            counts[kind] = sum(getattr(history, kind) for history in histories)
        counts.update(f"ended by {history.ended_by}" for history in histories)
        return SearchReport(
            name,
            self._runs.about,
            curve_of(regrets, self._at),
            validation,
            observed,
            regrets[:, -1],
            final_regret(regrets[:, -1]),
            self.over_cost[:, -1],
            self._positions,
            self._tests,
            self._to_optimum,
            dict(counts),
        )


def _budget_of(runs: SearchRuns, cost: CostName) -> float:
    value = runs.about["budget"].get(cost)
    if value is not None:
        return float(value)
    return max(float(cost_so_far(history, cost)[-1]) for history in runs.runs.values() if len(history))
