"""What the page reads first: the table's name, its columns, and the map to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_pytorch import __version__
from nasbench_pytorch.explorer.views.result_columns import MISSING
from nasbench_pytorch.explorer.views.samplers import SAMPLERS

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.column import Column
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable


def describe_table(table: ExploredTable) -> dict[str, Any]:
    """Return the facts of a table as plain values; of its columns, only the failed repeats are computed for them."""
    facts = table.file.metadata
    return {
        "name": table.name,
        "about": str(facts.about.get("text", "")),
        "version": __version__,
        "cells": table.file.cells,
        "epochs": list(facts.epochs),
        "default_epochs": table.epochs,
        "repeats": facts.repeats,
        "operations": list(facts.available_ops),
        "max_vertices": facts.module_vertices,
        "max_edges": facts.max_edges,
        "columns": [_described(column) for column in table.columns.values()],
        "fields": list(table.columns),
        "default": first_map(table),
        "samplers": [{"name": name, "label": label} for name, label in SAMPLERS.items()],
    }


def first_map(table: ExploredTable) -> dict[str, str]:
    """Return the columns of the first map: accuracy over training time, as in the paper, or what comes nearest.

    The colour shows failed repeats where there are any, since they are what puzzles most.
    """
    epochs = table.epochs
    wanted = {
        "x": (f"training_time_{epochs}", "parameters"),
        "y": (f"test_accuracy_{epochs}", f"validation_accuracy_{epochs}", f"train_accuracy_{epochs}", "flops"),
    }
    chosen = {axis: next(name for name in names if name in table.columns) for axis, names in wanted.items()}
    return {**chosen, "colour": f"failed_{epochs}" if _any_failure(table) else "vertices"}


def _any_failure(table: ExploredTable) -> bool:
    name = f"failed_{table.epochs}"
    if name not in table.columns:
        return False
    failed = table.values(name)
    return bool(((failed > 0) & (failed != MISSING)).any())


def _described(column: Column) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": column.name,
        "label": column.label,
        "unit": column.unit,
        "group": column.group,
        "kind": column.kind,
        "dtype": column.dtype,
        "scale": column.scale,
    }
    more = {"legend": list(column.legend), "note": column.note}
    return facts | {name: value for name, value in more.items() if value}
