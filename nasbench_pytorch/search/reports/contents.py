"""The contents of a report: searches side by side, as arrays and plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.search.reports.curves import Curve
from nasbench_pytorch.search.reports.final_regret import FinalRegret, PairwiseTest
from nasbench_pytorch.search.reports.incumbents import CostName
from nasbench_pytorch.search.reports.number_text import cost_text
from nasbench_pytorch.search.reports.truth import TableTruth
from nasbench_pytorch.space.enumerate import enumerate_cells, nasbench101_space

if TYPE_CHECKING:
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
        numbers: number of each run in the search, ascending; all arrays of shape (runs,) have this order.
        finals: float64, shape (runs,): final regret of each run.
        final: statistics of `finals`.
        worth: float64, shape (runs,): value of each run's last incumbent; see `ReportContents.worth_is`.
        incumbents: int64, shape (runs,): position of each run's last incumbent; -1 where there is none.
        tests: float64, shape (runs,): test accuracy of each run's last incumbent, if a training measured one; else NaN.
        to_optimum: float64, shape (runs,): number of each run's evaluations until its incumbent is a best cell of the
            table; NaN if it is not up to `ReportContents.end`.
        counts: sums over the runs: evaluations and duplicates up to `ReportContents.end`, proposals and invalid ones of
            the whole runs, and runs by their endings. If runs are cut, duplicates that were free are not counted.
        is_cut: whether runs have evaluations after `ReportContents.end`, which are left out.
    """

    name: str
    about: dict[str, Any]
    curve: Curve
    validation: Curve | None
    observed: Curve | None
    numbers: list[int]
    finals: Floats
    final: FinalRegret
    worth: Floats
    incumbents: npt.NDArray[np.int64]
    tests: Floats
    to_optimum: Floats
    counts: dict[str, int]
    is_cut: bool


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
        return f"ReportContents({names}; up to {cost_text(self.end)} {self.cost})"

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
