"""Chosen cells of a table: as a list, as CSV or Arrow, or as the command of a campaign."""

from __future__ import annotations

import io
import math
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.cell_texts import skeleton_flags
from nasbench_pytorch.explorer.views.result_columns import MISSING
from nasbench_pytorch.table.export.flat_export import without_formulas

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.column import Column
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable

MOST_LISTED = 200
"""Cells of a list; a page shows no more."""

MOST_SAVED = 100_000
"""Cells of a file; `nasbench table export` writes whole tables."""

Rows = npt.NDArray[np.int64]


class Download(NamedTuple):
    """A file to be saved: its name, its media type and its content."""

    name: str
    media_type: str
    content: bytes


def chosen_rows(table: ExploredTable, rows: Any) -> Rows:
    """Return rows from a request as an array, ascending and without repetition.

    Raises:
        InputError: they are no list of rows of the table, or the list is empty.
    """
    if not isinstance(rows, list) or not rows:
        raise InputError("'rows' must be a list of at least one row of the table")
    wrong = next((row for row in rows if isinstance(row, bool) or not isinstance(row, int)), None)
    if wrong is not None:
        raise InputError(f"'rows' must be a list of whole numbers, got {str(wrong)[:40]!r} in it")
    for row in (min(rows), max(rows)):
        table.check_row(row)
    return np.unique(np.array(rows, np.int64))


def list_cells(table: ExploredTable, rows: Rows) -> dict[str, Any]:
    """Return the first cells of a selection with what a list shows of each, as plain values."""
    names = {
        "parameters": "parameters",
        "test": f"test_accuracy_{table.epochs}",
        "validation": f"validation_accuracy_{table.epochs}",
        "training_time_s": f"training_time_{table.epochs}",
    }
    known = {key: table.values(name) for key, name in names.items() if name in table.columns}
    shown = rows[:MOST_LISTED].tolist()
    cells = [
        {
            "row": row,
            "hash": table.file.hash_of(row),
            "rank": table.rank(row),
            **{key: _finite(float(known[key][row])) if key in known else None for key in names},
        }
        for row in shown
    ]
    return {"count": len(rows), "cells": cells, "shown": len(cells)}


def as_table(table: ExploredTable, rows: Rows) -> pa.Table:
    """Return the chosen cells as an Arrow table: hash, matrix, operations, and every column of the map by its name."""
    specs = [table.spec(row).pruned() for row in rows.tolist()]
    found: dict[str, pa.Array] = {
        "hash": pa.array([table.file.hash_of(row) for row in rows.tolist()]),
        "matrix": pa.array([" ".join("".join(map(str, row)) for row in spec.matrix.tolist()) for spec in specs]),
        "operations": pa.array([",".join(spec.ops) for spec in specs]),
    }
    for name, column in table.columns.items():
        found[name] = _arrow(column, table.exact(name)[rows])
    return pa.table(found)


def download(table: ExploredTable, rows: Rows, file_format: str) -> Download:
    """Return the chosen cells as a file.

    Args:
        table: the table.
        rows: its rows.
        file_format: csv or arrow. In CSV, a text that a spreadsheet would take for a formula gets an apostrophe.

    Raises:
        InputError: the format is neither, or the cells are too many.
    """
    if file_format not in ("csv", "arrow"):
        raise InputError(f"there is no format '{str(file_format)[:40]}'; there are: list, csv, arrow, campaign")
    if len(rows) > MOST_SAVED:
        raise InputError(
            f"{len(rows):,} cells are too many for one file, at most {MOST_SAVED:,}; nasbench table export writes all"
        )
    content, out = as_table(table, rows), io.BytesIO()
    if file_format == "csv":
        from pyarrow import csv

        texts = {
            name: without_formulas(column) if pa.types.is_string(column.type) else column
            for name, column in zip(content.column_names, content.columns, strict=True)
        }
        csv.write_csv(pa.table(texts), out)
        return Download("cells.csv", "text/csv; charset=utf-8", out.getvalue())
    with pa.ipc.new_file(out, content.schema) as file:
        file.write_table(content)
    return Download("cells.arrow", "application/vnd.apache.arrow.file", out.getvalue())


def campaign(table: ExploredTable, rows: Rows) -> dict[str, Any]:
    """Return the file of hashes and the command that trains the chosen cells as those of the table were trained."""
    hashes = [table.file.hash_of(row) for row in rows.tolist()]
    budgets = [str(epochs) for epochs in table.file.metadata.epochs]
    words = ["nasbench", "campaign", "run", "--out", "my-campaign", "--hashes", "cells.txt", "--budgets", *budgets]
    words += ["--repeats", str(table.file.metadata.repeats), *skeleton_flags(table.skeleton)]
    return {"command": shlex.join(words), "file": "cells.txt", "text": "\n".join(hashes) + "\n", "cells": len(hashes)}


def _arrow(column: Column, values: npt.NDArray[Any]) -> pa.Array:
    if column.kind == "number":
        return pa.array(values, mask=np.isnan(values))
    if column.legend:
        return pa.array(_texts(column.legend, values.tolist()), pa.string())
    return pa.array(values, mask=values == MISSING)


def _texts(legend: Sequence[str], codes: list[int]) -> list[str | None]:
    return [legend[code] if code < len(legend) else None for code in codes]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
