"""The columns that a page requests first, computed in advance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.explorer.views.neighbours_view import describe_neighbours
from nasbench_pytorch.explorer.views.table_view import first_map

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable


def prepare(table: ExploredTable) -> None:
    """Compute the columns of the first map, the ranks, and what finding neighbours needs: a second for all cells."""
    for name in (*first_map(table).values(), f"test_rank_{table.epochs}"):
        if name in table.columns:
            table.values(name)
    if table.file.cells:
        describe_neighbours(table, table.spec(0))
