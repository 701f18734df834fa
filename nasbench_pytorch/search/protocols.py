"""Protocols: how publications query a table, choose the incumbent and report it."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass, fields
from typing import Literal, get_args

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.budget import Budget
from nasbench_pytorch.search.whole_numbers import MOST_RUNS, whole_number
from nasbench_pytorch.suggestions import unknown_name

Searched = Literal["validation", "test"]
Repeats = Literal["random", "mean"]
Charged = Literal["drawn", "mean", "sum"]
Incumbent = Literal["any_budget", "full_budget", "largest_budget_so_far"]
Reported = Literal["mean_test", "drawn_test"]

_ALLOWED: dict[str, tuple[str, ...]] = {
    "searched": get_args(Searched),
    "repeats": get_args(Repeats),
    "charged": get_args(Charged),
    "incumbent": get_args(Incumbent),
    "reported": get_args(Reported),
}
"""Rule → its values."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,59}")


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
            With `repeats="mean"` no repeat is drawn, so neither `charged` nor `reported` can be the drawn one's.
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

    Raises:
        InputError: a rule is unknown, two rules do not go together, or a default is of the wrong type.
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

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise InputError(
                f"a protocol's name must have 1 to 60 letters, digits, spaces, _, - and ., got {self.name!r}"
            )
        for field, allowed in _ALLOWED.items():
            value = getattr(self, field)
            if not isinstance(value, str) or value not in allowed:
                known = ", ".join(allowed)
                raise InputError(f"protocol {self.name}: {field} must be one of {known}, got {value!r}")
        if self.repeats == "mean":
            for field, drawn, others in (("charged", "drawn", "mean or sum"), ("reported", "drawn_test", "mean_test")):
                if getattr(self, field) == drawn:
                    raise InputError(
                        f"protocol {self.name}: {field}='{drawn}' needs a drawn repeat, and repeats='mean' draws none; "
                        f"set {field} to {others}, or repeats to random"
                    )
        if not isinstance(self.budget, Budget):
            raise InputError(f"protocol {self.name}: budget must be a Budget, got {self.budget!r}")
        object.__setattr__(self, "runs", whole_number(f"protocol {self.name}: runs", self.runs, 1, MOST_RUNS))
        if not isinstance(self.deduplicate, bool):
            raise InputError(f"protocol {self.name}: deduplicate must be True or False, got {self.deduplicate!r}")
        if not isinstance(self.source, str):
            raise InputError(f"protocol {self.name}: source must be a text, got {self.source!r}")

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
    if not isinstance(name, str) or name not in PROTOCOLS:
        raise unknown_name("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]
