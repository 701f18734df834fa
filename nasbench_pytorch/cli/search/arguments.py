"""Flags that `nasbench search run` and `nasbench search compare` share, and the arguments that they give."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from nasbench_pytorch.cli.search.evaluation_arguments import EvaluationArguments
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.ask_limit import DEFAULT_ASK_LIMIT_S
from nasbench_pytorch.search.whole_numbers import MOST_RUNS, whole_number

if TYPE_CHECKING:
    from nasbench_pytorch.search.budget import Budget

_DEFAULT_EVALUATIONS = {"training": 8, "proxy": 100}
"""--evaluate → default budget in evaluations, where evaluations take real time."""


@dataclass(frozen=True)
class ExecutionArguments:
    """Where runs are made."""

    workers: int | None = None
    """Runs at the same time; one per core if omitted."""
    executor: Literal["processes", "ray"] = "processes"
    """Where runs are made: in processes of this machine, or in tasks of a Ray cluster."""
    ray_address: str | None = None
    """Ray cluster to join, host:port or auto; without it, Ray starts one on this machine."""
    ask_limit_s: float = DEFAULT_ASK_LIMIT_S
    """Seconds without a proposal after which an algorithm is stopped."""

    def check(self) -> None:
        """Refuse flags that do not go together.

        Raises:
            InputError: there is less than one worker, or an address without --executor ray.
        """
        if self.workers is not None and self.workers < 1:
            raise InputError(f"--workers must be at least 1, got {self.workers}")
        if self.ray_address is not None and self.executor != "ray":
            raise InputError("--ray-address goes with --executor ray; give both, or leave the address out")


@dataclass(frozen=True)
class SearchArguments:
    """How to search; the same for every algorithm."""

    table: str | None = None
    """Table to query: a name (see nasbench table list) or a file; by default the best one on this machine."""
    protocol: str = "paper"
    """Rules of queries and reports: paper, notebook, naszilla, lanas or hpobench."""
    seconds: float | None = None
    """Budget of a run: simulated seconds of training (real ones with --evaluate training or proxy)."""
    evaluations: int | None = None
    """Budget of a run: number of evaluations."""
    epochs: int | None = None
    """Budget of a run: epochs of all its evaluations together. Without any budget, the protocol's."""
    runs: int | None = None
    """Number of runs; the protocol's if omitted, 1 with --evaluate training or proxy."""
    seed: int = 0
    """Seed of the search; the seeds of each run follow from it."""
    deduplicate: bool = False
    """Charge each cell and budget once: a repeated query returns the same value at no cost."""
    evaluation: Annotated[EvaluationArguments, tyro.conf.arg(name="")] = field(default_factory=EvaluationArguments)
    execution: Annotated[ExecutionArguments, tyro.conf.arg(name="")] = field(default_factory=ExecutionArguments)

    def check(self) -> None:
        """Refuse flags that do not go together.

        Raises:
            InputError: some do not, or a number is out of range.
        """
        self.evaluation.check(self.table)
        self.execution.check()
        if self.runs is not None:
            whole_number("--runs", self.runs, 1, MOST_RUNS)
        if self.seed < 0:
            raise InputError(f"--seed must be at least 0, got {self.seed}")

    def search(self) -> dict[str, Any]:
        """Return the arguments of `run_search` that these flags give.

        Raises:
            InputError: a protocol, proxy or budget cannot be used.
        """
        from nasbench_pytorch.search.runners import Workers

        self.check()
        execution, is_table = self.execution, self.evaluation.evaluate == "table"
        runs = self.runs if is_table else self.runs or 1
        threads = None if execution.workers == 1 or runs == 1 else 1
        return {
            "table": self.table,
            "source": self.evaluation.source(threads),
            "protocol": self.protocol,
            "budget": self._budget(),
            "runs": runs,
            "seed": self.seed,
            "deduplicate": self.deduplicate or None,
            "workers": Workers(execution.workers, execution.executor, execution.ray_address),
            "ask_limit_s": execution.ask_limit_s,
        }

    def _budget(self) -> Budget | None:
        from nasbench_pytorch.search.budget import Budget

        if (self.seconds, self.evaluations, self.epochs) != (None, None, None):
            return Budget(self.seconds, self.evaluations, self.epochs)
        default = _DEFAULT_EVALUATIONS.get(self.evaluation.evaluate)
        return None if default is None else Budget(evaluations=default)


def parse_settings(words: Sequence[str]) -> dict[str, Any]:
    """Return the settings in words such as `population=50`; a value that is not JSON is a text.

    Raises:
        InputError: a word has no `=`, or gives a setting twice.
    """
    settings: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise InputError(f"--set {word!a}: give NAME=VALUE, such as --set epochs=36")
        if name in settings:
            raise InputError(f"--set {name} is given twice; give it once")
        try:
            settings[name] = json.loads(value)
        except (ValueError, RecursionError):
            settings[name] = value
    return settings


def settings_of_each(words: Sequence[str], algorithms: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the settings of each algorithm in words such as `epochs=36` (for all) or `hyperband.max_epochs=36`.

    A setting for one algorithm replaces that for all.

    Raises:
        InputError: as for `parse_settings`, or a setting is for an algorithm that is not among them.
    """
    shared: dict[str, Any] = {}
    own: dict[str, dict[str, Any]] = {algorithm: {} for algorithm in algorithms}
    for name, value in parse_settings(words).items():
        algorithm, dot, setting = name.rpartition(".")
        if not dot:
            shared[name] = value
        elif algorithm in own:
            own[algorithm][setting] = value
        else:
            raise InputError(
                f"--set {name} is for {algorithm}, which is not among the algorithms: {', '.join(algorithms)}; "
                "name it, or leave the setting out"
            )
    return {algorithm: {**shared, **settings} for algorithm, settings in own.items()}


def find_own_modules() -> None:
    """Make modules in the working folder importable, as `python -m` does, for algorithms given as `module:class`."""
    folder = os.getcwd()  # noqa: PTH109 - as text, for sys.path
    if folder not in sys.path:
        sys.path.insert(0, folder)
