"""Runs of naszilla's own search code on the accuracies of this package's table.

The code is a copy of naszilla/naszilla on this machine. Its modules import TensorFlow, torch, two other benchmarks and
Google's API. Evolution and local search on NAS-Bench-101 use only two names of that API, so empty modules replace the
others.
"""

from __future__ import annotations

import importlib
import random
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space import ModelSpec, enumerate_cells

_UNUSED = (
    "tensorflow",
    "torch",
    "nas_201_api",
    "nasbench301",
    "naszilla.meta_neural_net",
    "naszilla.bo.bo.probo",
    "naszilla.gcn.model",
    "naszilla.gcn.train_gcn",
    "naszilla.nas_bench_201.cell_201",
    "naszilla.nas_bench_301.cell_301",
)


class _Empty(types.ModuleType):
    """A module that has any name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return object


class Naszilla:
    """naszilla's `evolution_search` and `local_search`.

    Args:
        folder: the copy, the folder that holds the package `naszilla`.
        by_cell: compare cells by their row in the space, as this package does. naszilla itself compares the sets of
            their paths: of different cells with equal paths it evaluates only one.
    """

    def __init__(self, folder: Path, by_cell: bool = False) -> None:
        self.by_cell = by_cell
        self.space = enumerate_cells()
        hidden = {name: sys.modules.get(name) for name in _UNUSED}
        sys.modules.update({name: _package(name) for unused in _UNUSED for name in _with_parents(unused)})
        api = _package("nasbench.api")
        vars(api).update(ModelSpec=ModelSpec, NASBench=object)
        sys.modules.update({"nasbench": _package("nasbench"), "nasbench.api": api})
        vars(sys.modules["nasbench"]).update(api=api)
        sys.path.insert(0, str(folder))
        try:
            self.algorithms = importlib.import_module("naszilla.nas_algorithms")
            self.benchmarks = importlib.import_module("naszilla.nas_benchmarks")
        finally:
            sys.path.remove(str(folder))
            for name, module in hidden.items():
                if module is not None:
                    sys.modules[name] = module

    def evolution(self, accuracies: npt.NDArray[np.float64], queries: int, seed: int) -> npt.NDArray[np.float64]:
        """Return the accuracies in the order in which regularized evolution asks for them."""
        return self._run(self.algorithms.evolution_search, accuracies, queries, seed)

    def local_search(self, accuracies: npt.NDArray[np.float64], queries: int, seed: int) -> npt.NDArray[np.float64]:
        """Return the accuracies in the order in which local search asks for them."""
        return self._run(self.algorithms.local_search, accuracies, queries, seed)

    def _run(
        self, search: Callable[..., Any], accuracies: npt.NDArray[np.float64], queries: int, seed: int
    ) -> npt.NDArray[np.float64]:
        np.random.seed(seed)  # noqa: NPY002 - what its code draws from
        random.seed(seed)
        answers = search(self._benchmark(accuracies), total_queries=queries, verbose=0)[:queries]
        return np.array([1 - answer["val_loss"] / 100 for answer in answers])

    def _benchmark(self, accuracies: npt.NDArray[np.float64]) -> Any:
        """Return naszilla's NAS-Bench-101, which asks our space and the accuracies instead of Google's API."""
        space, cell, by_cell = self.space, self.benchmarks.Cell101, self.by_cell

        class Table:
            @staticmethod
            def is_valid(spec: ModelSpec) -> bool:
                return spec.valid_spec and spec in space

        class Benchmark(self.benchmarks.Nasbench101):  # type: ignore[name-defined, misc]
            def __init__(self) -> None:
                self.nasbench, self.index_hash = Table, None

            def query_arch(self, arch: Any = None, random_encoding: str = "adj", **_: Any) -> dict[str, Any]:
                arch = arch or cell.random_cell(Table, random_encoding=random_encoding)
                row = space.index_of(ModelSpec(arch["matrix"], arch["ops"]))
                return {"spec": arch, "val_loss": 100 * (1 - accuracies[row]), "test_loss": 0.0}

            def get_hash(self, arch: Any) -> Any:
                return space.find(ModelSpec(arch["matrix"], arch["ops"])) if by_cell else super().get_hash(arch)

        return Benchmark()


def _package(name: str) -> types.ModuleType:
    module = _Empty(name)
    module.__path__ = []
    return module


def _with_parents(name: str) -> list[str]:
    """Return a module's name and those of the packages that hold it, but for naszilla itself."""
    parts = name.split(".")
    names = [".".join(parts[: end + 1]) for end in range(len(parts))]
    return [found for found in names if found != "naszilla"]
