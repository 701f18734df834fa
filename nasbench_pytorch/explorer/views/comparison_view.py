"""Two tables side by side: the cells that both have, and how their accuracies agree at each budget."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.errors import NotInTableError
from nasbench_pytorch.table.comparison import MetricComparison, common_cells, compare
from nasbench_pytorch.table.queries import cell_means

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable

_METRICS = ("test_accuracy", "validation_accuracy", "train_accuracy", "training_time")


class PairedValues(NamedTuple):
    """The means of one metric in both tables, for the cells that both have it for.

    Attributes:
        rows: uint32, shape (n,): rows in the first table.
        x: float32, shape (n,): means in the first table.
        y: float32, shape (n,): means in the second.
    """

    rows: npt.NDArray[np.uint32]
    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.float32]


class TableComparison:
    """A table compared with another.

    Attributes:
        first: the table that is explored.
        second: the other one.
        epochs: the budgets that both have.
        metrics: the fields that both have.

    Raises:
        InputError: the tables have no cell, budget or metric in common.
    """

    def __init__(self, first: ExploredTable, second: ExploredTable) -> None:
        self.first, self.second = first, second
        self._cells = common_cells(first.file, second.file)
        facts = first.file.metadata, second.file.metadata
        self.epochs = tuple(sorted(set(facts[0].epochs) & set(facts[1].epochs)))
        absent = {*facts[0].absent_fields, *facts[1].absent_fields}
        self.metrics = tuple(name for name in _METRICS if name not in absent)
        if not self.epochs or not self.metrics:
            what = "metric" if self.epochs else "budget"
            raise InputError(f"{first.name} and {second.name} have no {what} in common")

    def describe(self) -> dict[str, Any]:
        """Return what can be compared, as plain values."""
        return {
            "name": self.second.name,
            "about": str(self.second.file.metadata.about.get("text", "")),
            "cells": len(self._cells[0]),
            "epochs": list(self.epochs),
            "metrics": list(self.metrics),
        }

    def statistics(self, epochs: int, metric: str) -> dict[str, Any]:
        """Return how a metric agrees at a budget: labels of the axes, and statistics for people.

        Raises:
            NotInTableError: the tables do not have both.
        """
        found = self._compared(epochs, metric)
        words = f"{metric.replace('_', ' ')}, {epochs} epochs"
        return {
            "epochs": epochs,
            "metric": metric,
            "cells": found.cells,
            "x": {"label": f"{self.first.name}: {words}"},
            "y": {"label": f"{self.second.name}: {words}"},
            "correlation": {name: _finite(getattr(found, name)) for name in ("pearson", "spearman", "kendall")},
            "statistics": [
                {"label": label, "value": _finite(value)} for label, value in _labelled(found, self.first, self.second)
            ],
        }

    def by_budget(self, metric: str) -> list[dict[str, Any]]:
        """Return the correlations of a metric at each common budget, as plain values.

        Raises:
            NotInTableError: the tables do not have the metric.
        """
        found = (self._compared(epochs, metric) for epochs in self.epochs)
        names = ("epochs", "cells", "pearson", "spearman", "kendall")
        return [{name: _finite(getattr(one, name)) for name in names} for one in found]

    def values(self, epochs: int, metric: str) -> PairedValues:
        """Return the means of a metric in both tables.

        Raises:
            NotInTableError: the tables do not have both.
        """
        self._check(epochs, metric)
        x, y = (
            cell_means(table.file, metric, epochs)[0][cells]
            for table, cells in zip((self.first, self.second), self._cells, strict=True)
        )
        both = ~np.isnan(x) & ~np.isnan(y)
        rows = self._cells[0][both]
        return PairedValues(rows.astype(np.uint32), x[both].astype(np.float32), y[both].astype(np.float32))

    def _compared(self, epochs: int, metric: str) -> MetricComparison:
        self._check(epochs, metric)
        return self._cached(epochs, metric)

    @functools.cached_property
    def _cached(self) -> functools._lru_cache_wrapper[MetricComparison]:
        return functools.lru_cache(maxsize=64)(
            lambda epochs, metric: compare(self.first.file, self.second.file, [metric], [epochs])[0]
        )

    def _check(self, epochs: int, metric: str) -> None:
        if epochs not in self.epochs:
            raise NotInTableError(f"no {epochs} epochs in both tables; there are: {', '.join(map(str, self.epochs))}")
        if metric not in self.metrics:
            raise NotInTableError(f"no metric '{metric[:40]}' in both tables; there are: {', '.join(self.metrics)}")


def _labelled(found: MetricComparison, first: ExploredTable, second: ExploredTable) -> list[tuple[str, float]]:
    return [
        ("cells that both have", found.cells),
        ("Spearman's rank correlation", found.spearman),
        ("Kendall's rank correlation", found.kendall),
        ("Pearson's correlation", found.pearson),
        (f"mean difference, {second.name} - {first.name}", found.mean_difference),
        ("mean absolute difference", found.mean_absolute_difference),
        ("the same, expected from noise alone", found.expected_difference),
        ("largest difference", found.max_absolute_difference),
        (f"noise between repeats, {first.name}", found.noise_first),
        (f"noise between repeats, {second.name}", found.noise_second),
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
