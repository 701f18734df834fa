"""Everything about one cell: graph, channels, costs, results of all budgets and repeats, neighbours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.explorer.views.cell_texts import as_python, train_command
from nasbench_pytorch.explorer.views.graph_view import describe_graph
from nasbench_pytorch.explorer.views.neighbours_view import describe_neighbours
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable

_MEASUREMENTS = ("time_s", "train", "validation", "test")  # the order of `RowReader.metrics`


def describe_cell(table: ExploredTable, row: int, with_neighbours: bool = True) -> dict[str, Any]:
    """Return the facts of the cell in a row, as plain values; None for what the table does not say.

    Args:
        table: the table.
        row: the row.
        with_neighbours: whether its neighbours are among them.

    Raises:
        NotInTableError: the table has no such row.
    """
    spec = table.spec(row)
    graph = describe_graph(spec, table.skeleton)
    known = table.reader.cell(row)["trainable_parameters"]
    return {
        "row": row,
        "hash": table.file.hash_of(row),
        **graph,
        "parameters": graph["parameters"] if known is None else int(known),
        "rank": table.rank(row),
        "accuracy": table.accuracy(row),
        "budgets": results_of(table, row),
        **(describe_neighbours(table, spec) if with_neighbours else {}),
        "python": as_python(spec),
        "train_command": train_command(spec, table.skeleton),
    }


def results_of(table: ExploredTable, row: int) -> list[dict[str, Any]]:
    """Return the results of a cell: for each budget its repeats, each at half and at the end of the training."""
    return [
        {"epochs": epochs, "repeats": [_repeat(table, found) for found in table.reader.rows(row, epochs, FINAL)]}
        for epochs in sorted(table.reader.budgets(row))
    ]


def _repeat(table: ExploredTable, found: int) -> dict[str, Any]:
    return {
        "repeat": table.reader.repeat(found),
        **{
            name: dict(zip(_MEASUREMENTS, map(_finite, table.reader.metrics(found, stage)), strict=True))
            for name, stage in (("halfway", HALFWAY), ("final", FINAL))
        },
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
