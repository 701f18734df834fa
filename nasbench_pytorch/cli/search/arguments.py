"""Flags that `nasbench search run` and `nasbench search compare` share, and what they choose."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import SkeletonArguments
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.search.budget import Budget
    from nasbench_pytorch.search.evaluators.source import EvaluatorSource
    from nasbench_pytorch.space.skeleton import Skeleton

_DEFAULT_EVALUATIONS = {"training": 8, "proxy": 100}


@dataclass(frozen=True)
class SearchFlags:
    """How to search; the same for every algorithm."""

    table: str | None = None
    """Table that answers: a name (see nasbench table list) or a file; by default the best one on this machine."""
    protocol: str = "paper"
    """How the table is asked and the result reported: paper, notebook, naszilla, lanas or hpobench."""
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
    deduplicate: bool | None = None
    """Never pay twice for a cell: a known one is answered as before, at no cost."""
    evaluate: Literal["table", "training", "proxy"] = "table"
    """What answers: stored results, a real training of each cell, or the score of an untrained network."""
    proxy: str | None = None
    """With --evaluate proxy: name of the proxy (see nasbench proxy list)."""
    dataset: Literal["digits", "cifar10"] = "digits"
    """With --evaluate training or proxy: the images. digits needs no files; its networks are small, and train for two
    epochs."""
    data_root: Path | None = None
    """Folder with CIFAR-10; NASBENCH_DATA_DIR or ./data if omitted."""
    device: str = "auto"
    """With --evaluate training: auto (CUDA if available, else CPU), cpu, cuda, cuda:1, mps, …"""
    skeleton: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)
    workers: int | None = None
    """Runs at once; one a core if omitted."""
    executor: Literal["processes", "ray"] = "processes"
    """Where runs are made: on the cores of this machine, or as tasks of a Ray cluster."""
    ray_address: str | None = None
    """Ray cluster to join, host:port or auto; without it, Ray starts one on this machine."""
    ask_limit_s: float = 600.0
    """Seconds without a proposal after which an algorithm is taken to run without an end."""

    def check(self) -> None:
        """Refuse flags that do not go together.

        Raises:
            InputError: a flag belongs to another way of evaluating, or a number is out of range.
        """
        if self.evaluate != "table" and self.table is not None:
            raise InputError(f"--table goes with --evaluate table, not with --evaluate {self.evaluate}; leave one out")
        if (self.proxy is not None) != (self.evaluate == "proxy"):
            raise InputError("--evaluate proxy and --proxy NAME go together; give both or neither")
        if self.evaluate == "table" and self.skeleton != SkeletonArguments():
            raise InputError("a table has its own skeleton; flags of the skeleton go with --evaluate training or proxy")
        for name in ("runs", "workers"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"--{name} must be at least 1, got {value}")
        if self.seed < 0:
            raise InputError(f"--seed must be at least 0, got {self.seed}")
        if self.ray_address is not None and self.executor != "ray":
            raise InputError("--ray-address goes with --executor ray")

    def search(self) -> dict[str, Any]:
        """Return the arguments of `run_search` that these flags choose.

        Raises:
            InputError: a protocol, proxy or budget cannot be used.
        """
        from nasbench_pytorch.search.runners import Workers

        self.check()
        return {
            "table": self.table,
            "source": self._source(),
            "protocol": self.protocol,
            "budget": self._budget(),
            "runs": self.runs if self.evaluate == "table" else self.runs or 1,
            "seed": self.seed,
            "deduplicate": self.deduplicate,
            "workers": Workers(self.workers, self.executor, self.ray_address),
            "ask_limit_s": self.ask_limit_s,
        }

    def _budget(self) -> Budget | None:
        from nasbench_pytorch.search.budget import Budget

        evaluations = self.evaluations
        if (self.seconds, evaluations, self.epochs) == (None, None, None):
            if self.evaluate == "table":
                return None
            evaluations = _DEFAULT_EVALUATIONS[self.evaluate]
        return Budget(self.seconds, evaluations, self.epochs)

    def _source(self) -> EvaluatorSource | None:
        if self.evaluate == "table":
            return None
        if self.evaluate == "proxy":
            return self._proxy_source()
        from nasbench_pytorch.search.evaluators.training import DIGITS_RECIPE, DIGITS_SKELETON, TrainingSource
        from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON
        from nasbench_pytorch.training.recipe import PRESETS

        is_small = self.dataset == "digits"
        skeleton = self._skeleton(DIGITS_SKELETON if is_small else NASBENCH101_SKELETON)
        recipe = DIGITS_RECIPE if is_small else PRESETS["nasbench101"]
        threads = None if self.workers == 1 or self.runs in (None, 1) else 1
        return TrainingSource(self.dataset, self.data_root, recipe, skeleton, self.device, threads)

    def _proxy_source(self) -> EvaluatorSource:
        from nasbench_pytorch.proxies.settings import ScoringSettings
        from nasbench_pytorch.search.evaluators.proxy import ProxySource
        from nasbench_pytorch.search.evaluators.training import DIGITS_SKELETON
        from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON

        skeleton = self._skeleton(DIGITS_SKELETON if self.dataset == "digits" else NASBENCH101_SKELETON)
        assert self.proxy is not None
        return ProxySource(self.proxy, ScoringSettings(skeleton=skeleton, data=self.dataset), self.data_root)

    def _skeleton(self, default: Skeleton) -> Skeleton:
        return self.skeleton.resolve(default)


def parse_settings(words: Sequence[str]) -> dict[str, Any]:
    """Return the settings that words such as `population_size=50` give; a value is JSON, or else a text.

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


def find_own_modules() -> None:
    """Let `module:class` name a module in the working folder, where `python -m` looks too."""
    folder = os.getcwd()  # noqa: PTH109 - as text, for sys.path
    if folder not in sys.path:
        sys.path.insert(0, folder)
