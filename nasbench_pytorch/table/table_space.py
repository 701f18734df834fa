"""The cells of a table as a search space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import SearchSpace, enumerate_cells

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile


def space_of(table: TableFile) -> SearchSpace:
    """Return the cells of a table as a search space, with the enumeration's matrices; row i is the table's cell i.

    Raises:
        InputError: a cell is outside of the table's bounds and operations.
    """
    metadata = table.metadata
    whole = enumerate_cells(metadata.module_vertices, metadata.max_edges, metadata.available_ops)
    hashes = [table.hash_of(cell) for cell in range(table.cells)]
    outside = next((value for value in hashes if whole.find(value) is None), None) if len(whole) < len(hashes) else None
    if outside is not None:
        raise InputError(f"cell {outside} of {table.path.name} is not in the space of {len(whole):,} cells")
    return whole if whole.hashes() == hashes else whole.subset(hashes)
