"""Protocols: how publications query a table, choose the incumbent and report it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, fields
from typing import Literal

from nasbench_pytorch.search.budget import Budget
from nasbench_pytorch.suggestions import unknown_name

Searched = Literal["validation", "test"]
Repeats = Literal["random", "mean"]
Charged = Literal["drawn", "mean", "sum"]
Incumbent = Literal["any_budget", "full_budget", "largest_budget_so_far"]
Reported = Literal["mean_test", "drawn_test"]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules of a protocol, as the description of a search holds them; see `Protocol` for their meaning.

    Searches with different rules are not compared.
    """

    searched: Searched
    repeats: Repeats
    charged: Charged
    incumbent: Incumbent
    reported: Reported


@dataclass(frozen=True)
class Protocol(Rules):
    """The rules of a search: how it queries a table, and what its report shows.

    Attributes:
        name: name at the command line.
        searched: accuracy that the algorithm observes and maximises: `validation` or `test`.
        repeats: what a query returns: one repeat, drawn at random (`random`), or the `mean` of all.
        charged: seconds that a query costs: those of the `drawn` repeat, the `mean` of all repeats, or their `sum`.
        incumbent: which evaluations may become the incumbent, the one with the largest value so far: those with any
            budget (`any_budget`), or only those with the largest of the table (`full_budget`), or only those with the
            largest that the run has used so far (`largest_budget_so_far`), so that the first evaluation with a larger
            budget always replaces the incumbent.
        reported: accuracy of the incumbent in the report: the mean test accuracy of its repeats at the largest budget
            (`mean_test`), or the test accuracy of the repeat that was drawn (`drawn_test`).
        budget: default budget of a run.
        runs: default number of runs.
        deduplicate: whether, by default, a repeated query of a cell and budget is free.
        source: publication and code that it follows.
    """

    name: str
    _: KW_ONLY
    searched: Searched = "validation"
    incumbent: Incumbent = "any_budget"
    reported: Reported = "mean_test"
    budget: Budget
    runs: int
    deduplicate: bool = False
    source: str

    @property
    def rules(self) -> dict[str, str]:
        """The rules by name, as the description of a search has them."""
        return {field.name: getattr(self, field.name) for field in fields(Rules)}


PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            "paper",
            repeats="random",
            charged="drawn",
            budget=Budget(seconds=1e7),
            runs=500,
            source="Ying et al. 2019 (arXiv 1902.09635), Figure 7; automl/nas_benchmarks",
        ),
        Protocol(
            "notebook",
            repeats="random",
            charged="drawn",
            reported="drawn_test",
            budget=Budget(seconds=5e6),
            runs=10,
            source="google-research/nasbench, NASBench.ipynb",
        ),
        Protocol(
            "naszilla",
            repeats="mean",
            charged="mean",
            budget=Budget(evaluations=150),
            runs=500,
            source="White et al. 2021 (arXiv 1910.11858); naszilla/naszilla",
        ),
        Protocol(
            "lanas",
            searched="test",
            repeats="mean",
            charged="mean",
            budget=Budget(evaluations=5000),
            runs=41,
            source="Wang et al. 2021 (arXiv 1906.06832); facebookresearch/LaMCTS, LaNAS",
        ),
        Protocol(
            "hpobench",
            repeats="mean",
            charged="sum",
            incumbent="largest_budget_so_far",
            budget=Budget(seconds=1e7),
            runs=32,
            source="Eggensperger et al. 2021 (arXiv 2109.06716); automl/HPOBench, nasbench_101",
        ),
    )
}
"""Name → protocol."""


def find_protocol(name: str) -> Protocol:
    """Return a protocol.

    Raises:
        InputError: there is no such protocol; the message lists all.
    """
    if name not in PROTOCOLS:
        raise unknown_name("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]
