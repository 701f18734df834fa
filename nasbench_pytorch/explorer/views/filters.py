"""Cells that meet a filter in the grammar of `--where`, over all columns of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.result_columns import MISSING
from nasbench_pytorch.space.filtering.filter_language import parse_where

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable

LONGEST_FILTER = 2000
"""Characters of a filter."""


class _Fields(Mapping[str, npt.NDArray[Any]]):
    """Columns of a table, each computed when a filter reads it, and once."""

    def __init__(self, table: ExploredTable) -> None:
        self._table = table
        self._read: dict[str, npt.NDArray[Any]] = {}

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in self._read:
            values = self._table.exact(name)
            if self._table.column(name).kind == "category" and MISSING in values:
                values = np.where(values == MISSING, np.nan, values)
            self._read[name] = values
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.columns)

    def __len__(self) -> int:
        return len(self._table.columns)


def filter_mask(table: ExploredTable, where: str) -> npt.NDArray[np.uint8]:
    """Return which cells meet a filter: 1 or 0, shape (cells,). A cell without a value meets no comparison with it.

    The fields are the names of all columns. An empty filter lets all cells pass.

    Raises:
        InputError: the filter cannot be read; the message gives the position and what is allowed there.
    """
    if len(where) > LONGEST_FILTER:
        raise InputError(f"the filter has {len(where):,} characters, at most {LONGEST_FILTER:,} are read")
    if not where.strip():
        return np.ones(table.file.cells, np.uint8)
    return parse_where(where, list(table.columns)).mask(_Fields(table)).astype(np.uint8)
