"""SearchPlan: everything that decides the results of a search; it makes the algorithm and the loop of each run."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
from nasbench_pytorch.search.algorithms.by_name import algorithm_class, check_settings
from nasbench_pytorch.search.ask_limit import DEFAULT_ASK_LIMIT_S, ask_limit
from nasbench_pytorch.search.budget import Budget
from nasbench_pytorch.search.evaluators.source import EvaluatorSource
from nasbench_pytorch.search.loop import SearchLoop
from nasbench_pytorch.search.origin import origin_of
from nasbench_pytorch.search.protocols import Protocol


@dataclass(frozen=True)
class SearchPlan:
    """An algorithm, its evaluators, and what each of its runs may spend; it can be pickled for other processes.

    Attributes:
        algorithm: a name, `module:class`, or the class; see `algorithm_class`.
        source: makes the evaluators.
        budget: what each run may spend.
        protocol: rules for the description of the search; a table's source has the same protocol.
        settings: the algorithm's parameters; those left out have their defaults.
        seed: seed of the search; see `seeds_of_run`.
        deduplicate: see `SearchLoop`.
        ask_limit_s: see `ask_limit`.

    Raises:
        InputError: the algorithm is unknown or has no such setting, or a number is out of range.
    """

    algorithm: str | type[SearchAlgorithm]
    source: EvaluatorSource
    budget: Budget
    protocol: Protocol
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    deduplicate: bool = False
    ask_limit_s: float = DEFAULT_ASK_LIMIT_S

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InputError(f"the seed must be at least 0, got {self.seed}")
        if not self.ask_limit_s > 0:
            raise InputError(f"ask_limit_s must be above 0, got {self.ask_limit_s!r}")
        check_settings(self.cls, self.settings)

    @cached_property
    def cls(self) -> type[SearchAlgorithm]:
        """The algorithm's class."""
        return algorithm_class(self.algorithm)

    @property
    def name(self) -> str:
        """The algorithm's name."""
        return self.cls.name or self.cls.__name__

    @cached_property
    def own_settings(self) -> dict[str, Any]:
        """The settings, with the source's number of epochs where the user has set none."""
        own = dict(self.settings)
        epochs = self.source.default_epochs
        if epochs is not None and "epochs" in inspect.signature(self.cls).parameters:
            own.setdefault("epochs", epochs)
        return own

    @cached_property
    def epochs(self) -> tuple[int, ...]:
        """Budgets in epochs that the algorithm proposes, ascending.

        Raises:
            InputError: the class returns something else from `budgets`.
        """
        budgets = self.cls.budgets(self.own_settings)
        try:
            epochs = tuple(sorted({operator.index(value) for value in budgets}))
        except TypeError:
            epochs = ()
        if not epochs:
            raise InputError(f"{self.name}: budgets() must return numbers of epochs, such as (108,), got {budgets!r}")
        return epochs

    def check_budget(self) -> None:
        """Refuse a budget that is too small for any evaluation, as far as costs are known beforehand.

        Raises:
            InputError: the cheapest evaluation costs more.
        """
        seconds, _, epochs = self.budget.limits
        if self.epochs[0] > epochs:
            raise InputError(
                f"a budget of {epochs:,.0f} epochs is below one evaluation, which takes {self.epochs[0]:,} epochs; "
                "raise it"
            )
        objective = self.source.objective(self.epochs)
        if objective is None:
            return
        exists = np.arange(objective.costs_s.shape[2]) < objective.counts[:, :, None]
        cheapest = float(objective.costs_s[exists].min())
        if cheapest > seconds:
            raise InputError(
                f"a budget of {seconds:g} s is below one evaluation: the cheapest cell takes {cheapest:,.0f} s; "
                "raise it"
            )

    def new_algorithm(self, run: int) -> SearchAlgorithm:
        """Return the algorithm of the run with a number, before its first proposal."""
        seed, _ = seeds_of_run(self.seed, run)
        candidates = self.source.candidates(self.epochs)
        with ask_limit(self.name, _Construction(), self.ask_limit_s):
            algorithm = self.cls(candidates, seed=seed, **self.own_settings)
        if not hasattr(algorithm, "candidates"):
            raise InputError(f"{self.name}: __init__ must call super().__init__(candidates, seed=seed)")
        return algorithm

    def new_loop(self, run: int) -> SearchLoop:
        """Return the loop of the run with a number, before its first proposal."""
        evaluator = self.source.make(self.epochs, seeds_of_run(self.seed, run)[1])
        return SearchLoop(self.new_algorithm(run), evaluator, self.budget, self.deduplicate)

    def about(self) -> dict[str, Any]:
        """Return the plan as plain values: the description of the search.

        Searches with equal descriptions have equal results, unless seconds are measured.
        """
        algorithm = self.new_algorithm(0)
        return {
            "algorithm": self.name,
            "class": origin_of(self.cls),
            "settings": {name: _plain(value) for name, value in algorithm.settings.items()},
            "sampler": algorithm.sampler_name,
            "protocol": self.protocol.name,
            "rules": self.protocol.rules,
            "budget": dict(vars(self.budget)),
            "seed": self.seed,
            "deduplicate": self.deduplicate,
            "epochs": list(self.epochs),
            **self.source.about(),
        }


class _Construction:
    """The construction of an algorithm, for `ask_limit`: a single step."""

    steps = 0
    waits_for_algorithm = True


def seeds_of_run(seed: int, run: int) -> tuple[int, int]:
    """Return the seeds of a run's algorithm and of its evaluator.

    They depend on nothing else: runs with the same number have the same seeds in all searches with the same seed.

    Args:
        seed: seed of the search.
        run: number of the run.
    """
    first, second = np.random.SeedSequence([seed, run]).generate_state(2, np.uint64)
    return int(first), int(second)


def _plain(value: Any) -> Any:
    """Return a setting as JSON can hold it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value.item() if isinstance(value, np.generic) else repr(value)
