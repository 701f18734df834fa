"""The map of a report: its data, its script and its style, all inside the file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.explorer.bundle import EMBEDDED, PAGE, bundle
from nasbench_pytorch.explorer.notebook import first_axes
from nasbench_pytorch.explorer.report.packed_columns import STEPS, describe_column, pack_graphs, pack_hashes
from nasbench_pytorch.explorer.views.column import OWN
from nasbench_pytorch.explorer.views.explored_table import ExploredTable
from nasbench_pytorch.markup import Markup, element
from nasbench_pytorch.plots.learning_curves import evenly_chosen

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.column import Column
    from nasbench_pytorch.table.storage.table_file import TableFile

MOST_CELLS = 500_000
"""Cells of a map; of more, so many are chosen, evenly spread over the accuracies."""
MOST_BYTES = 8_600_000
"""Size of a map's data; columns that no longer fit are left out, the least asked for first."""


@dataclass(frozen=True)
class InteractiveMap:
    """The parts of a page that make a map.

    Attributes:
        contents: the elements of the page.
        script: the module that fills them.
        style: its rules of CSS.
    """

    contents: Markup
    script: str
    style: str


def interactive_map(table: TableFile) -> InteractiveMap | None:
    """Return a map of a table's cells; None where the table has no two columns to draw.

    Numbers have 65,534 steps between the least and the greatest of a column.
    """
    explored = ExploredTable(table)
    wanted = _in_order(explored)
    axes = first_axes(explored)
    if axes is None or not table.cells:
        return None
    shown = (*axes, "vertices")
    rows = _chosen_rows(explored, axes[1])
    hashes, graphs = pack_hashes(table, rows), pack_graphs(table, rows)
    used = len(hashes) + len(graphs)
    described, texts, left_out = [], [], []
    for column in wanted:
        facts, text = describe_column(column, explored.values(column.name)[rows])
        if used + len(text) > MOST_BYTES and column.name not in shown:
            left_out.append(column.label)
            continue
        used += len(text)
        described.append(facts)
        texts.append(text)
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
        element("p", " ".join(notes), class_="quiet map-note"),
        _data("report-facts", _json(facts), "application/json"),
        *(_data(f"column-{number}", text) for number, text in enumerate(texts)),
        _data("report-hashes", hashes),
        _data("report-graphs", graphs),
    )
    style = (PAGE / "map.css").read_text(encoding="utf-8")
    return InteractiveMap(contents, bundle(EMBEDDED / "report_map.js"), style)


def _data(name: str, text: str, kind: str = "text/plain") -> Markup:
    return element("script", Markup(text), type=kind, id=name)


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


def _chosen_rows(explored: ExploredTable, accuracy: str) -> npt.NDArray[np.int64]:
    cells = explored.file.cells
    if cells <= MOST_CELLS:
        return np.arange(cells)
    return np.sort(evenly_chosen(explored.values(accuracy).astype(np.float64), MOST_CELLS))
