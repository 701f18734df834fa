"""What the page reads first: the table's name, its columns, and the map to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.columns import Column
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable


def describe_table(table: ExploredTable) -> dict[str, Any]:
    """Return the facts of a table as plain values; no column is computed for them."""
    metadata = table.file.metadata
    return {
        "name": table.name,
        "about": str(metadata.about.get("text", "")),
        "cells": table.file.cells,
        "epochs": list(metadata.epochs),
        "default_epochs": table.epochs,
        "repeats": metadata.repeats,
        "operations": list(metadata.available_ops),
        "max_vertices": metadata.module_vertices,
        "max_edges": metadata.max_edges,
        "columns": [_described(column) for column in table.columns.values()],
        "default": _first_map(table),
    }


def _described(column: Column) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": column.name,
        "label": column.label,
        "unit": column.unit,
        "kind": column.kind,
        "dtype": column.dtype,
        "scale": column.scale,
    }
    return facts | ({"legend": list(column.legend)} if column.legend else {})


def _first_map(table: ExploredTable) -> dict[str, str]:
    """Return the paper's scatter, training time and accuracy, or the next best that the table has."""
    epochs = table.epochs
    x = [f"training_time_{epochs}", "parameters"]
    y = [f"test_accuracy_{epochs}", f"validation_accuracy_{epochs}", f"train_accuracy_{epochs}", "flops"]
    colour = [f"failed_{epochs}", "vertices"]
    return {
        axis: next(name for name in names if name in table.columns)
        for axis, names in (("x", x), ("y", y), ("colour", colour))
    }
