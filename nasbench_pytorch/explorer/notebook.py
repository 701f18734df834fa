"""`explore_table`: the map of a table in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError, MissingExtraError
from nasbench_pytorch.explorer.views.explored_table import ExploredTable

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.embedded.widget import TableWidget
    from nasbench_pytorch.table.storage.table_file import TableFile


def explore_table(
    table: TableFile, x: str | None = None, y: str | None = None, colour: str | None = None
) -> TableWidget:
    """Return a map of a table's cells as a widget; a notebook shows it.

    Args:
        table: the table.
        x: column across; None for the mean training time at the largest budget, or the parameters.
        y: column upwards; None for the mean test accuracy at the largest budget.
        colour: column that colours the cells; "" for their density, None for the vertices.

    Raises:
        InputError: there is no such column, or the table has no accuracy and none is named.
        MissingExtraError: anywidget is not installed.
    """
    try:
        from nasbench_pytorch.explorer.embedded.widget import TableWidget
    except ImportError as error:
        raise MissingExtraError("anywidget", "notebook") from error
    explored = ExploredTable(table)
    axes = first_axes(explored)
    if axes is None and (x is None or y is None):
        known = ", ".join(explored.columns)
        raise InputError(f"{explored.name} has no costs or no accuracies; choose x and y among its columns: {known}")
    usual_x, usual_y = axes or ("", "")
    return TableWidget(explored, x or usual_x, y or usual_y, "vertices" if colour is None else colour)


def first_axes(explored: ExploredTable) -> tuple[str, str] | None:
    """Return the names of the columns that a map begins with, across and upwards; None if the table lacks them."""
    columns, epochs = explored.columns, explored.epochs
    cost = next((name for name in (f"training_time_{epochs}", "parameters") if name in columns), None)
    accuracies = (f"{images}_accuracy_{epochs}" for images in ("test", "validation", "train"))
    accuracy = next((name for name in accuracies if name in columns), None)
    return None if cost is None or accuracy is None else (cost, accuracy)
