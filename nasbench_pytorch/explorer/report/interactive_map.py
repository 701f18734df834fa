"""The map of a report: its data, its script and its style, all inside the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.explorer.bundle import EMBEDDED, PAGE, bundle
from nasbench_pytorch.explorer.notebook import first_axes
from nasbench_pytorch.explorer.report.packed_columns import STEPS, describe_column, pack_graphs, pack_hashes
from nasbench_pytorch.explorer.report.page import Interactive
from nasbench_pytorch.explorer.views.column import OWN
from nasbench_pytorch.markup import Markup, element
from nasbench_pytorch.plots.learning_curves import evenly_chosen

if TYPE_CHECKING:
    from collections.abc import Collection

    from nasbench_pytorch.explorer.views.column import Column
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable

MOST_CELLS = 500_000
"""Cells of a map; of more, so many are chosen, evenly spread over the accuracies."""
MOST_BYTES = 8_600_000
"""Size of a map's data; columns that no longer fit are left out, the least asked for first."""


def interactive_map(explored: ExploredTable, script: str = "report_cells.js", *more: Markup) -> Interactive | None:
    """Return a map of a table's cells; None where the table has no two columns to draw.

    Numbers have 65,534 steps between the least and the greatest of a column.

    Args:
        explored: the table.
        script: name of the module that begins, in the folder of embedded modules.
        more: elements behind the map for this script.
    """
    table = explored.file
    axes = first_axes(explored)
    if axes is None or not table.cells:
        return None
    shown, rows = (*axes, "vertices"), shown_rows(explored)
    hashes, graphs = pack_hashes(table, rows), pack_graphs(table, rows)
    described, texts, left_out = _packed(explored, rows, shown, len(hashes) + len(graphs))
    facts = {
        "rows": len(rows),
        "operations": table.operation_names,
        "columns": described,
        "default": dict(zip(("x", "y", "colour"), shown, strict=True)),
    }
    notes = [f"Numbers of the map are stored in {STEPS:,} steps from the least to the greatest of each column."]
    if len(rows) < table.cells:
        notes.append(f"It shows {len(rows):,} of {table.cells:,} cells, evenly spread over their accuracies.")
    if left_out:
        notes.append(f"Left out, to keep the file small: {', '.join(left_out)}.")
    contents = element(
        "div",
        element("div", id="report-map", hidden=True),
        *more,
        element("p", " ".join(notes), class_="quiet map-note"),
        data_element("report-facts", _json(facts), "application/json"),
        *(data_element(f"column-{number}", text) for number, text in enumerate(texts)),
        data_element("report-hashes", hashes),
        data_element("report-graphs", graphs),
    )
    style = (PAGE / "map.css").read_text(encoding="utf-8")
    return Interactive(contents, bundle(EMBEDDED / script), style)


def shown_rows(explored: ExploredTable) -> npt.NDArray[np.int64]:
    """Return the rows that a map of a table with accuracies shows, ascending."""
    cells, axes = explored.file.cells, first_axes(explored)
    if cells <= MOST_CELLS or axes is None:
        return np.arange(cells)
    return np.sort(evenly_chosen(explored.values(axes[1]).astype(np.float64), MOST_CELLS))


def data_element(name: str, text: str, kind: str = "text/plain") -> Markup:
    """Return an element that holds data for a script; the text must not end it."""
    return element("script", Markup(text), type=kind, id=name)


def _packed(
    explored: ExploredTable, rows: npt.NDArray[np.int64], shown: Collection[str], used: int
) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """Return the columns' descriptions, their packed values, and the labels of those that the size leaves out."""
    described, texts, left_out = [], [], []
    for column in _in_order(explored):
        facts, text = describe_column(column, explored.values(column.name)[rows])
        if used + len(text) > MOST_BYTES and column.name not in shown:
            left_out.append(column.label)
            continue
        used += len(text)
        described.append(facts)
        texts.append(text)
    return described, texts, left_out


def _json(value: Any) -> str:
    """Return JSON that cannot end the element it stands in."""
    return json.dumps(value, ensure_ascii=True).replace("<", "\\u003c")


def _in_order(explored: ExploredTable) -> list[Column]:
    """Return the columns, the most requested first."""
    epochs = str(explored.epochs)

    def rank(column: Column) -> int:
        name = column.name
        if name.startswith("halfway_") or "_rank_" in name or "_noise_" in name:
            return 3
        if column.kind == "category" or name == "parameters":
            return 0
        own_or_final = name.endswith(f"_{epochs}") or column.group == OWN
        return 1 if own_or_final else 2

    return sorted((column for column in explored.columns.values() if rank(column) < 3), key=rank)
