"""SearchPlan: everything that decides the results of a search; it makes the algorithm and the loop of each run."""

from __future__ import annotations

import contextlib
import inspect
import math
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
from nasbench_pytorch.search.algorithms.by_name import algorithm_class, check_settings
from nasbench_pytorch.search.ask_limit import DEFAULT_ASK_LIMIT_S
from nasbench_pytorch.search.budget import Budget
from nasbench_pytorch.search.evaluators.source import EvaluatorSource
from nasbench_pytorch.search.loop import SearchLoop
from nasbench_pytorch.search.origin import origin_of
from nasbench_pytorch.search.protocols import Protocol
from nasbench_pytorch.search.users_code import limited, translated
from nasbench_pytorch.search.whole_numbers import MOST_EPOCHS, whole_number

_MOST_EVALUATIONS = 100_000_000
"""Largest number of evaluations that a run is expected to make; their record takes some gigabytes."""


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
        object.__setattr__(self, "seed", whole_number("the seed", self.seed, 0))
        is_number = isinstance(self.ask_limit_s, int | float) and not isinstance(self.ask_limit_s, bool)
        if not is_number or not self.ask_limit_s > 0:
            raise InputError(f"ask_limit_s must be above 0, got {self.ask_limit_s!r}")
        check_settings(self.cls, self.settings)
        if self.cls.needs_accuracies and self.source.gives_scores:
            raise InputError(
                f"{self.name} learns from accuracies from 0 to 1, and a proxy's scores may have any size and sign; use "
                "another algorithm, such as regularized_evolution, or evaluate by a table or by trainings"
            )

    @cached_property
    def cls(self) -> type[SearchAlgorithm]:
        """The algorithm's class."""
        return algorithm_class(self.algorithm, self.ask_limit_s)

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
        with self._guard("budgets"):
            budgets = self.cls.budgets(self.own_settings)
        try:
            epochs = tuple(sorted({operator.index(value) for value in budgets}))
        except TypeError:
            epochs = ()
        if not epochs:
            raise InputError(f"{self.name}: budgets() must return numbers of epochs, such as (108,), got {budgets!r}")
        for value in epochs:
            whole_number(f"{self.name}: a budget in epochs", value, 1, MOST_EPOCHS)
        return epochs

    def check_budget(self) -> None:
        """Refuse a budget that is too small for any evaluation or too large for the memory, if costs are known.

        Raises:
            InputError: the cheapest evaluation costs more, or a run would not end, as with training times of 0 s.
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
        costs_s = objective.costs_s[exists]
        cheapest, mean = float(costs_s.min()), float(costs_s.mean())
        if cheapest > seconds:
            raise InputError(
                f"a budget of {seconds:g} s is below one evaluation: the cheapest cell takes {cheapest:,.0f} s; "
                "raise it"
            )
        if self.cls.may_repeat and not self.deduplicate and self._expected_evaluations(mean) > _MOST_EVALUATIONS:
            raise InputError(
                f"a budget of {self.budget} pays for more than {_MOST_EVALUATIONS:,} evaluations, which would fill the "
                f"memory: an evaluation takes {mean:.3g} s on average in this table; lower the budget, or limit the "
                "evaluations, too"
            )

    def _expected_evaluations(self, mean_cost_s: float) -> float:
        seconds, evaluations, epochs = self.budget.limits
        by_time = seconds / mean_cost_s if mean_cost_s > 0 else math.inf
        return min(evaluations, epochs / self.epochs[0], by_time)

    def new_algorithm(self, run: int) -> SearchAlgorithm:
        """Return the algorithm of the run with a number, before its first proposal."""
        seed, _ = seeds_of_run(self.seed, run)
        candidates = self.source.candidates(self.epochs)
        with self._guard("__init__"):
            algorithm = self.cls(candidates, seed=seed, **self.own_settings)
        if not hasattr(algorithm, "candidates"):
            raise InputError(f"{self.name}: __init__ must call super().__init__(candidates, seed=seed)")
        return algorithm

    @contextlib.contextmanager
    def _guard(self, method: str) -> Iterator[None]:
        """Limit the time of a block that calls a method of the algorithm, and translate errors of a user's class."""
        with (
            limited(f"{self.name}: {method} has not returned", self.ask_limit_s),
            translated(self.cls, method),
        ):
            yield

    def new_loop(self, run: int) -> SearchLoop:
        """Return the loop of the run with a number, before its first proposal."""
        evaluator = self.source.make(self.epochs, seeds_of_run(self.seed, run)[1])
        return SearchLoop(self.new_algorithm(run), evaluator, self.budget, self.deduplicate)

    def about(self) -> dict[str, Any]:
        """Return the plan as plain values: the description of the search.

        Searches with equal descriptions have equal results, unless seconds are measured.
        """
        algorithm = self.new_algorithm(0)
        with self._guard("settings or sampler_name"):
            settings, sampler = dict(algorithm.settings), str(algorithm.sampler_name)
        return {
            "algorithm": self.name,
            "class": origin_of(self.cls),
            "settings": {name: _plain(value) for name, value in settings.items()},
            "sampler": sampler,
            "protocol": self.protocol.name,
            "rules": self.protocol.rules,
            "budget": dict(vars(self.budget)),
            "seed": self.seed,
            "deduplicate": self.deduplicate,
            "epochs": list(self.epochs),
            **self.source.about(),
        }


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
