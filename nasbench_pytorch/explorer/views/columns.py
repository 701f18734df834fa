"""The columns of the map: what each cell has on an axis or as a colour, computed when it is first asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.explorer.views import graph_columns, result_columns
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

Values = npt.NDArray[Any]

_ACCURACIES = ("test_accuracy", "validation_accuracy", "train_accuracy")
_FILTER_NAME = re.compile(r"[A-Za-z_][\w.]*(?:-\w+)*")
_STAGE_WORDS = {FINAL: "", HALFWAY: " at half"}


@dataclass(frozen=True)
class Column:
    """A property of every cell.

    Attributes:
        name: name in addresses and filters.
        label: name for people; it may be any text of the table's author.
        unit: unit of the values; empty if they have none.
        kind: "number" or "category".
        scale: "linear" or "log", the better axis at first sight.
        compute: returns the values, shape (cells,): float32 of a number, with NaN where there is none, and uint8 of a
            category.
        legend: of a category, a text for each value from 0.
    """

    name: str
    label: str
    unit: str
    kind: str
    scale: str
    compute: Callable[[], Values] = field(repr=False, compare=False)
    legend: tuple[str, ...] = ()

    @property
    def dtype(self) -> str:
        """Type of the values."""
        return "uint8" if self.kind == "category" else "float32"


def columns_of(table: TableFile) -> dict[str, Column]:
    """Return the columns of a table by name, in the order in which a page lists them."""
    found: dict[str, Column] = {}
    for column in (*_graph_columns(table), *_result_columns(table)):
        found[column.name] = column
    for column in _own_columns(table, found):
        found[column.name] = column
    return found


def _number(name: str, label: str, unit: str, compute: Callable[[], Values], scale: str = "linear") -> Column:
    return Column(name, label, unit, "number", scale, compute)


def _category(name: str, label: str, compute: Callable[[], Values], legend: tuple[str, ...] = ()) -> Column:
    return Column(name, label, "", "category", "linear", compute, legend)


def _graph_columns(table: TableFile) -> Iterator[Column]:
    yield _number("parameters", "parameters", "", partial(_parameters, table), "log")
    yield _number("flops", "FLOPs of an image, forward", "FLOPs", partial(graph_columns.flops, table), "log")
    yield _category("vertices", "vertices", partial(graph_columns.vertices, table))
    yield _category("edges", "edges", partial(graph_columns.edges, table))
    yield _category("depth", "depth (edges on the longest path)", partial(graph_columns.depth, table))
    for name in table.metadata.available_ops:
        if name in table.operation_names:
            yield _category(name, f"number of {name}", partial(graph_columns.operation_count, table, name))


def _parameters(table: TableFile) -> Values:
    values, unknown = table.parameters
    return values.astype(np.float32) if unknown is None else np.where(unknown, np.nan, values).astype(np.float32)


def _result_columns(table: TableFile) -> Iterator[Column]:
    absent = set(table.metadata.absent_fields)
    for epochs in reversed(table.metadata.epochs):
        for stage, words in _STAGE_WORDS.items():
            for metric in (*(stage + name for name in _ACCURACIES), f"{stage}training_time"):
                if metric not in absent:
                    yield _mean_column(table, metric, epochs, words)
        for metric in ("test_accuracy", "validation_accuracy"):
            if metric not in absent and table.metadata.repeats > 1:
                label = f"noise of {_words(metric)} between repeats, {epochs} epochs"
                compute = partial(result_columns.noise, table, metric, epochs)
                yield _number(f"{metric.removesuffix('_accuracy')}_noise_{epochs}", label, "", compute)
            if metric not in absent:
                label = f"rank by {_words(metric)}, {epochs} epochs"
                name = f"{metric.removesuffix('_accuracy')}_rank_{epochs}"
                yield _number(name, label, "", partial(result_columns.rank, table, metric, epochs))
        if "test_accuracy" not in absent:
            compute = partial(result_columns.failed_repeats, table, epochs)
            label = f"failed repeats, {epochs} epochs"
            yield _category(f"failed_{epochs}", label, compute, _failure_legend(table.metadata.repeats))


def _mean_column(table: TableFile, metric: str, epochs: int, stage_words: str) -> Column:
    compute = partial(result_columns.mean, table, metric, epochs)
    label = f"{_words(metric)}, {epochs} epochs{stage_words}"
    return _number(f"{metric}_{epochs}", label, "s" if metric.endswith("time") else "", compute)


def _words(metric: str) -> str:
    return metric.removeprefix(HALFWAY).replace("_", " ")


def _failure_legend(repeats: int) -> tuple[str, ...]:
    """Return what each number of failed repeats means: the clusters of mean accuracy that a map shows."""
    texts = []
    for failed in range(repeats + 1):
        mean = (0.1 * failed + 0.9 * (repeats - failed)) / repeats
        cluster = f": mean accuracy near {mean:.2f}" if 0 < failed <= repeats else ""
        texts.append(f"{failed} of {repeats} repeats failed{cluster}")
    return tuple(texts)


def _own_columns(table: TableFile, taken: dict[str, Column]) -> Iterator[Column]:
    return iter(())


def filter_name(name: str) -> bool:
    """Return whether a name can stand in a filter."""
    return _FILTER_NAME.fullmatch(name) is not None
