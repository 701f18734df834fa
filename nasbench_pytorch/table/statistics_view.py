"""The original's two dictionaries, `fixed_statistics` and `computed_statistics`, read from a table when used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile


class StatisticsView(MutableMapping[str, Any]):
    """Hash → the statistics of a cell.

    An entry is read from the table when it is first used. The view then keeps it, so that a program may change an
    entry, as it may in the original's dictionaries, and queries see the change. Cells cannot be deleted.

    Attributes:
        kept: the entries that were used or set so far.

    Args:
        table: the open file.
        read: function from a hash to the entry; raises KeyError for a hash that the table lacks.
    """

    def __init__(self, table: TableFile, read: Callable[[str], Any]) -> None:
        self._table, self._read = table, read
        self.kept: dict[str, Any] = {}

    def __getitem__(self, module_hash: str) -> Any:
        if module_hash not in self.kept:
            self.kept[module_hash] = self._read(module_hash)
        return self.kept[module_hash]

    def __setitem__(self, module_hash: str, entry: Any) -> None:
        if module_hash not in self:
            raise KeyError(f"hash '{module_hash}' is not in {self._table.path.name}; TableBuilder makes new tables")
        self.kept[module_hash] = entry

    def __delitem__(self, module_hash: str) -> None:
        raise TypeError(f"cells of {self._table.path.name} cannot be deleted")

    def __contains__(self, module_hash: object) -> bool:
        return isinstance(module_hash, str) and self._table.find(module_hash) is not None

    def __len__(self) -> int:
        return int(self._table.cells)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the hashes in the order of their first rows in the original file."""
        table = self._table
        if table.positions is None:
            return map(table.hash_of, range(table.cells))
        first = np.minimum.reduceat(table.positions, table.row_starts[:-1])
        return (table.hash_of(int(cell)) for cell in np.argsort(first, kind="stable"))

    def __repr__(self) -> str:
        return f"StatisticsView({len(self):,} cells of {self._table.path.name})"
