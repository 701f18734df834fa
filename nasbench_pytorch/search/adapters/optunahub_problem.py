"""NAS-Bench-101 as a benchmark problem with the interface of OptunaHub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.search.adapters.optuna_functions import evaluate_values, suggest
from nasbench_pytorch.search.encoded_parameters import parameter_encoding
from nasbench_pytorch.search.evaluators.table_source import TableSource
from nasbench_pytorch.search.optuna_study import optuna, optuna_distributions
from nasbench_pytorch.search.proposals import FULL_EPOCHS
from nasbench_pytorch.search.protocols import find_protocol
from nasbench_pytorch.table.default_table import open_table

if TYPE_CHECKING:
    from pathlib import Path


class Problem:
    """A problem with the interface of `optunahub.benchmarks.BaseProblem`; optunahub itself is not needed.

    `optuna.create_study(directions=problem.directions)` makes a study for it, and `study.optimize(problem, n_trials=…)`
    searches. The value is a validation accuracy, a fraction, to be maximised. It is 0 for invalid parameters and for a
    cell that the table lacks.

    Args:
        table: name of a table, or its file; None for the best table on this machine.
        encoding: `a`, `b` or `c`.
        protocol: name of a protocol. The default returns the mean of a cell's repeats, so equal parameters have equal
            values; `paper` draws a repeat for each evaluation.
        epochs: budget of every evaluation: 4, 12, 36 or 108. Each is a training of its own.
        seed: seed of the generator that draws repeats.

    Raises:
        InputError: there is no such table, encoding or protocol, or the table lacks the budget.
        MissingExtraError: Optuna is not installed.
    """

    def __init__(
        self,
        table: str | Path | None = None,
        *,
        encoding: str = "a",
        protocol: str = "naszilla",
        epochs: int = FULL_EPOCHS,
        seed: int = 0,
    ) -> None:
        self.epochs = epochs
        self._encoding = parameter_encoding(encoding)
        self._distributions = optuna_distributions(self._encoding)
        self._evaluator = TableSource(open_table(table), find_protocol(protocol)).make((epochs,), seed)

    def __call__(self, trial: optuna.Trial) -> float:
        """Suggest all parameters and evaluate them."""
        return self.evaluate({name: suggest(trial, name, kind) for name, kind in self._distributions.items()})

    def evaluate(self, params: Mapping[str, Any]) -> float:
        """Return the validation accuracy of the cell that some parameters decode to, a fraction.

        Args:
            params: parameter name → value.

        Raises:
            InputError: a parameter is missing or out of its domain.
        """
        return evaluate_values(self._evaluator, self._encoding, params, self.epochs)[0].value

    @property
    def search_space(self) -> dict[str, optuna.distributions.BaseDistribution]:
        """Name → distribution of each parameter."""
        return dict(self._distributions)

    @property
    def directions(self) -> list[optuna.study.StudyDirection]:
        """The direction of the only value: it is maximised."""
        return [optuna.study.StudyDirection.MAXIMIZE]
