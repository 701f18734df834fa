"""Rows of cells in the columns of a space, found by a spec or by a hash."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumeration.cell_codes import code_catalogue
from nasbench_pytorch.space.enumeration.cell_columns import HashHalves, hash_words, hex_strings
from nasbench_pytorch.space.enumeration.hash_search import find_hash, find_hashes
from nasbench_pytorch.space.operations import INPUT, OUTPUT

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.bounds import SpaceBounds
    from nasbench_pytorch.space.enumeration.cell_columns import Columns
    from nasbench_pytorch.space.spec import ModelSpec


class CellLookup:
    """Distinct cells in ascending order of their hashes, found by a spec or by a hash.

    Attributes:
        columns: the arrays; see `Columns`.
        bounds: bounds that all cells meet.
        merged: number of cells left out because a cell that is not isomorphic has the same hash; 0 in NAS-Bench-101.
    """

    def __init__(self, columns: Columns, bounds: SpaceBounds, merged: int) -> None:
        self.columns = columns
        self.bounds = bounds
        self.merged = merged
        self._label = {name: label for label, name in enumerate(bounds.operations)}

    def __len__(self) -> int:
        return len(self.columns)

    def find(self, cell: ModelSpec | str) -> int | None:
        """Return the row of a cell, or None where the space does not have it.

        Args:
            cell: a spec under any numbering of its vertices, which is pruned first, or a hash.
        """
        if isinstance(cell, str):
            return find_hash(self.hash_halves, cell)
        labels = self.labels_of(cell)
        if labels is None:
            return None
        table = self.code_table
        if table is None:
            return find_hash(self.hash_halves, cell.hash_spec(self.bounds.operations))
        catalogue = code_catalogue(self.bounds)
        assert catalogue is not None
        code = catalogue.code(cell.adjacency_rows(), labels)
        row = -1 if code is None else int(table[code])
        return None if row < 0 else row

    def index_of(self, cell: ModelSpec | str) -> int:
        """Return the row of a cell.

        Args:
            cell: a spec under any numbering of its vertices, or a hash.

        Raises:
            InputError: the space does not have the cell.
        """
        row = self.find(cell)
        if row is not None:
            return row
        what = f"hash '{cell}'" if isinstance(cell, str) else f"the cell {cell!r}"
        raise InputError(f"{what} is not among the {len(self):,} cells of {self!r}")

    def labels_of(self, spec: ModelSpec) -> list[int] | None:
        """Return the label of each interior vertex; None where no space of these bounds can have the cell."""
        ops = spec.ops
        if ops is None or len(ops) > self.bounds.max_vertices or ops[0] != INPUT or ops[-1] != OUTPUT:
            return None
        try:
            return [self._label[name] for name in ops[1:-1]]
        except KeyError:
            return None

    @functools.cached_property
    def code_table(self) -> npt.NDArray[np.int32] | None:
        """Row of every code of `code_catalogue`, -1 for none; None where cells must be looked up by their hashes."""
        catalogue = None if self.merged else code_catalogue(self.bounds)
        return None if catalogue is None else catalogue.table(self.columns)

    @functools.cached_property
    def hash_halves(self) -> HashHalves:
        """Upper and lower 64 bits of the hashes, as numbers in the order of the hex digits."""
        return hash_words(self.columns.hash)

    def hashes(self) -> list[str]:
        """Return all hashes in order, 32 lower-case hex digits each."""
        return hex_strings(self.columns.hash)

    def hash_at(self, row: int) -> str:
        """Return the hash of the cell in a row."""
        return bytes(self.columns.hash[row]).hex()

    def rows_of(self, cells: npt.NDArray[Any] | Iterable[str]) -> npt.NDArray[np.int64]:
        """Return the rows of some cells, ascending and without repetition.

        Args:
            cells: a boolean mask of shape (N,), or rows as integers, or hashes as strings.

        Raises:
            InputError: the mask has another length, a row is out of range, or a hash is not in the space.
        """
        chosen = np.asarray(cells if isinstance(cells, (np.ndarray, Sequence)) else list(cells))
        if chosen.size == 0:
            return np.empty(0, dtype=np.int64)
        if chosen.dtype == bool:
            if chosen.shape != (len(self),):
                raise InputError(f"the mask has shape {chosen.shape}, but the space has {len(self)} cells")
            return np.flatnonzero(chosen)
        if chosen.dtype.kind in "iu":
            if chosen.ndim != 1 or chosen.min() < 0 or chosen.max() >= len(self):
                raise InputError(f"rows must be one list of numbers from 0 to {len(self) - 1}")
            return np.unique(chosen).astype(np.int64)
        if chosen.dtype.kind != "U":
            raise InputError("give a boolean mask, rows as integers, or hashes as strings")
        return np.unique(find_hashes(self.hash_halves, chosen.tolist()))
