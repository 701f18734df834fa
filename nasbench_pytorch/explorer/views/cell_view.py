"""Everything about one cell: graph, channels, costs, results of all budgets and repeats, neighbours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.cell_texts import as_python, train_command
from nasbench_pytorch.explorer.views.graph_columns import skeleton_of
from nasbench_pytorch.explorer.views.graph_view import describe_graph
from nasbench_pytorch.explorer.views.neighbours_view import neighbours_of
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable

_MEASUREMENTS = ("time_s", "train", "validation", "test")  # the order of `RowReader.metrics`


def describe_cell(table: ExploredTable, row: int) -> dict[str, Any]:
    """Return the facts of the cell in a row, as plain values.

    Raises:
        InputError: the table has no such row.
    """
    spec = spec_of(table, row)
    return {
        "row": row,
        "hash": table.file.hash_of(row),
        **describe_graph(spec, skeleton_of(table.file)),
        "parameters": _plain(float(table.values("parameters")[row])),
        "rank": rank_of(table, row),
        "budgets": results_of(table, row),
        "neighbours": neighbours_of(table, row),
        "python": as_python(spec),
        "train_command": train_command(spec),
    }


def spec_of(table: ExploredTable, row: int) -> ModelSpec:
    """Return the cell in a row.

    Raises:
        InputError: the table has no such row.
    """
    if not 0 <= row < table.file.cells:
        raise InputError(f"there is no row {row} in {table.name}; rows are 0 to {table.file.cells - 1}")
    cell = table.reader.cell(row)
    return ModelSpec(cell["module_adjacency"], cell["module_operations"])


def rank_of(table: ExploredTable, row: int) -> int | None:
    """Return the rank of a cell by its mean test accuracy at the table's largest budget; None without one."""
    name = f"test_rank_{table.epochs}"
    if name not in table.columns:
        return None
    rank = float(table.values(name)[row])
    return None if math.isnan(rank) else int(rank)


def results_of(table: ExploredTable, row: int) -> list[dict[str, Any]]:
    """Return the results of a cell: for each budget, its repeats, each halfway and at the end."""
    return [
        {"epochs": epochs, "repeats": [_repeat(table, found) for found in table.reader.rows(row, epochs, FINAL)]}
        for epochs in sorted(table.reader.budgets(row))
    ]


def _repeat(table: ExploredTable, found: int) -> dict[str, Any]:
    return {
        "repeat": table.reader.repeat(found),
        **{
            name: dict(zip(_MEASUREMENTS, map(_plain, table.reader.metrics(found, stage)), strict=True))
            for name, stage in (("halfway", HALFWAY), ("final", FINAL))
        },
    }


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
