"""The columns of a table's map, in the order in which a page lists them; none is computed here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.explorer.views import graph_columns, result_columns
from nasbench_pytorch.explorer.views.column import ACCURACY, COST, GRAPH, REPEATS, Column, Values, category, number
from nasbench_pytorch.explorer.views.own_columns import own_columns
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

_ACCURACIES = ("test_accuracy", "validation_accuracy", "train_accuracy")
_STAGE_WORDS = {FINAL: "", HALFWAY: " at half of"}
_FILTER_NAME = re.compile(r"[A-Za-z_]\w*(?:-\w+)*", re.ASCII)


def columns_of(table: TableFile) -> dict[str, Column]:
    """Return the columns of a table by name. A name is unique, is a field of a filter, and is safe in an address."""
    found: dict[str, Column] = {}
    for column in (*_graph_columns(table), *_result_columns(table), *own_columns(table)):
        name = _unique(column.name, found)
        found[name] = column if name == column.name else replace(column, name=name)
    return found


def _unique(name: str, taken: dict[str, Column]) -> str:
    """Return the name if a filter can use it and no other column has it; else one made of it."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:60]
    if _FILTER_NAME.fullmatch(name) is None or name.lower() in ("and", "or", "not") or len(name) > 80:
        name = f"own_{plain}".rstrip("_")
    if name not in taken:
        return name
    return next(new for new in (f"own_{plain}_{count}" for count in range(1, len(taken) + 2)) if new not in taken)


def _graph_columns(table: TableFile) -> Iterator[Column]:
    yield number("parameters", "trainable parameters", "", COST, partial(_parameters, table), "log")
    yield number("flops", "FLOPs of an image, forward", "FLOPs", COST, partial(graph_columns.flops, table), "log")
    yield category("vertices", "vertices", GRAPH, partial(graph_columns.vertices, table))
    yield category("edges", "edges", GRAPH, partial(graph_columns.edges, table))
    depth_note = "Depth is the number of edges on the longest path from input to output."
    yield category("depth", "depth", GRAPH, partial(graph_columns.depth, table), note=depth_note)
    for name in table.metadata.available_ops:
        if name in table.operation_names:
            yield category(name, f"number of {name}", GRAPH, partial(graph_columns.operation_count, table, name))


def _parameters(table: TableFile) -> Values:
    values, unknown = table.parameters
    return values.astype(np.float64) if unknown is None else np.where(unknown, np.nan, values)


def _result_columns(table: TableFile) -> Iterator[Column]:
    absent = set(table.metadata.absent_fields)
    for epochs in reversed(table.metadata.epochs):
        for stage, words in _STAGE_WORDS.items():
            for metric in (*(stage + name for name in _ACCURACIES), f"{stage}training_time"):
                if metric not in absent:
                    yield _mean_column(table, metric, epochs, words)
        for metric in ("test_accuracy", "validation_accuracy"):
            if metric not in absent:
                yield from _order_and_noise(table, metric, epochs)
        if "test_accuracy" not in absent:
            yield _failures(table, epochs)


def _mean_column(table: TableFile, metric: str, epochs: int, stage_words: str) -> Column:
    label = f"{_words(metric)},{stage_words} {epochs} epochs"
    unit, group = ("s", COST) if metric.endswith("time") else ("", ACCURACY)
    return number(f"{metric}_{epochs}", label, unit, group, partial(result_columns.mean, table, metric, epochs))


def _order_and_noise(table: TableFile, metric: str, epochs: int) -> Iterator[Column]:
    short, at = metric.removesuffix("_accuracy"), f"{_words(metric)}, {epochs} epochs"
    compute = partial(result_columns.rank, table, metric, epochs)
    yield number(f"{short}_rank_{epochs}", f"rank by {at}", "", ACCURACY, compute)
    if table.metadata.repeats > 1:
        compute = partial(result_columns.noise, table, metric, epochs)
        note = "Noise is the standard deviation between the repeats of a cell."
        yield number(f"{short}_noise_{epochs}", f"noise of {at}", "", REPEATS, compute, note=note)


def _words(metric: str) -> str:
    return metric.removeprefix(HALFWAY).replace("_", " ")


def _failures(table: TableFile, epochs: int) -> Column:
    repeats = table.metadata.repeats
    limit = result_columns.failure_limit(table)
    legend = tuple(f"{failed} of {repeats} failed" for failed in range(min(repeats, 254) + 1))
    note = (
        f"A repeat has failed if its test accuracy ended below {limit:.2f}: its loss became NaN, or it never left "
        "chance. Such repeats pull the mean of their cell down, so the map has a cluster for each number of them"
    )
    if repeats == 3 and abs(limit - 0.2) < 1e-9 and epochs >= 36:
        note += ": near .61 one of three failed, near .35 two, near .10 all three"
    compute = partial(result_columns.failed_repeats, table, epochs)
    return category(f"failed_{epochs}", f"failed repeats, {epochs} epochs", REPEATS, compute, legend, f"{note}.")
