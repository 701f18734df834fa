"""Computes the contents of a report from the runs of searches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.reports.comparable import check_comparable, check_positions
from nasbench_pytorch.search.reports.contents import ReportContents, SearchReport
from nasbench_pytorch.search.reports.curves import curve_of, fixed_costs
from nasbench_pytorch.search.reports.final_regret import final_regret, pairwise_tests
from nasbench_pytorch.search.reports.incumbents import CostName, cost_so_far, incumbent_of_each, incumbents_at
from nasbench_pytorch.search.reports.names import unique_names
from nasbench_pytorch.search.reports.truth import PUBLISHED_BEST_TEST, TableTruth
from nasbench_pytorch.space.cell_rows import NASBENCH101_CELLS

if TYPE_CHECKING:
    from nasbench_pytorch.search.saving.search_runs import SearchRuns

Floats = npt.NDArray[np.float64]


def report_contents(found: Sequence[SearchRuns], truth: TableTruth | None, cost: CostName) -> ReportContents:
    """Compare searches.

    Args:
        found: the searches, at least one; all of one table or data set, and under the same rules.
        truth: the table's accuracies; None if the searches used no table, or their table is not read.
        cost: what the axis of the curves counts.

    Raises:
        InputError: the searches cannot be compared, and the message names what differs; or no run has a regret.
    """
    check_comparable(found)
    check_positions(found, NASBENCH101_CELLS if truth is None else len(truth.space))
    end = min(_budget_of(runs, cost) for runs in found)
    if not 0 < end < np.inf:
        raise InputError(f"these runs spent no {cost}; report them over another cost (cost=, or --cost)")
    at = fixed_costs(end, whole=cost != "seconds")
    full = max(max(runs.about["epochs"]) for runs in found) if truth is None else truth.full_epochs
    worths = [_Worths(runs, truth, cost, at, full) for runs in found]
    every = np.concatenate([item.over_cost for item in worths])
    if np.isnan(every).all():
        raise InputError(_why_nothing(found, full))
    if truth is not None:
        best, worth_is = truth.best_test, "mean test accuracy"
        if found[0].about["rules"]["reported"] == "drawn_test":
            worth_is = "test accuracy of the drawn repeat"
    else:
        best = float(np.nanmax(every))
        worth_is = _observed_name(found[0].about)
    names = unique_names([runs.about for runs in found])
    searches = [item.report(name, best) for name, item in zip(names, worths, strict=True)]
    tests = pairwise_tests({search.name: search.finals for search in searches})
    gap = PUBLISHED_BEST_TEST - best if truth is not None and truth.is_whole_nasbench101 else None
    return ReportContents(searches, cost, end, best, worth_is, gap, tests, truth)


def _why_nothing(found: Sequence[SearchRuns], full_epochs: int) -> str:
    """Return why no run of some searches has a regret."""
    if not any(len(history) for runs in found for history in runs.runs.values()):
        return "no run of these searches has an evaluation; run them with a larger budget"
    if found[0].about["rules"]["incumbent"] == "full_budget":
        return (
            f"no run of these searches has a training of {full_epochs:,} epochs, the largest budget, and with the rule "
            "full_budget no other counts; choose another rule (incumbent=, or --incumbent)"
        )
    return "no incumbent of these searches has a test accuracy in the table; search a table that has them"


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
        full_epochs: the largest budget.
    """

    def __init__(
        self, runs: SearchRuns, truth: TableTruth | None, cost: CostName, at: Floats, full_epochs: int
    ) -> None:
        self._runs, self._truth, self._at = runs, truth, at
        rules = runs.about["rules"]
        self._evaluations = np.zeros(len(runs.runs), dtype=np.int64)
        self._repeated = 0
        self.over_cost = np.full((len(runs.runs), len(at)), np.nan)
        self._validation = np.full((len(runs.runs), len(at)), np.nan)
        self._observed = np.full((len(runs.runs), len(at)), np.nan)
        self._positions = np.full(len(runs.runs), -1, dtype=np.int64)
        self._tests = np.full(len(runs.runs), np.nan)
        self._to_optimum = np.full(len(runs.runs), np.nan)
        for number, history in enumerate(runs.runs.values()):
            if not len(history):
                continue
            count = int(np.searchsorted(cost_so_far(history, cost), at[-1], side="right"))
            self._evaluations[number] = count
            self._repeated += int(history.is_duplicate[:count].sum())
            every = incumbent_of_each(history, rules["incumbent"], full_epochs)
            incumbents = incumbents_at(history, every, cost, at)
            positions = np.where(incumbents >= 0, history.positions[incumbents], -1)
            self._observed[number] = np.where(incumbents >= 0, history.values[incumbents], np.nan)
            if truth is None:
                self.over_cost[number] = self._observed[number]
            else:
                self.over_cost[number] = truth.worth(history, incumbents, rules["reported"])
                self._validation[number] = np.where(positions >= 0, truth.mean_validation[positions], np.nan)
                found = np.flatnonzero(((every >= 0) & truth.is_best[history.positions[every]])[:count])
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
        counts = Counter({"evaluations": int(self._evaluations.sum())})
        for kind in ("proposals", "invalid", "duplicates"):
            counts[kind] = sum(getattr(history, kind) for history in histories)
        is_cut = counts["evaluations"] < sum(map(len, histories))
        if is_cut:
            counts["duplicates"] = self._repeated
        counts.update(f"ended by {history.ended_by}" for history in histories)
        return SearchReport(
            name,
            self._runs.about,
            curve_of(regrets, self._at),
            validation,
            observed,
            list(self._runs.runs),
            regrets[:, -1],
            final_regret(regrets[:, -1]),
            self.over_cost[:, -1],
            self._positions,
            self._tests,
            self._to_optimum,
            dict(counts),
            is_cut,
        )


def _budget_of(runs: SearchRuns, cost: CostName) -> float:
    """Return the limit of a search's cost, else the most that a run spent; infinity if none has an evaluation."""
    value = runs.about["budget"].get(cost)
    if value is not None:
        return float(value)
    spent = [float(cost_so_far(history, cost)[-1]) for history in runs.runs.values() if len(history)]
    return max(spent, default=np.inf)
