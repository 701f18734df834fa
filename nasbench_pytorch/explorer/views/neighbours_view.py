"""The one-edit neighbours of a cell that a table has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable


def neighbours_of(table: ExploredTable, row: int) -> list[dict[str, Any]]:
    """Return the neighbours of the cell in a row."""
    return []
