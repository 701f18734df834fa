"""SearchSpace: all cells within some bounds, or a subset of them."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumeration.arrow_file import (
    StoredSpace,
    columns_checksum,
    columns_to_arrow,
    read_space,
    write_space,
)
from nasbench_pytorch.space.enumeration.canonical_graphs import adjacency_matrices
from nasbench_pytorch.space.enumeration.cell_codes import structure_catalogue
from nasbench_pytorch.space.enumeration.cell_columns import hash_words, hex_strings
from nasbench_pytorch.space.enumeration.hash_search import find_hash, find_hashes
from nasbench_pytorch.space.enumeration.unpickle import find_again
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    import pyarrow as pa

    from nasbench_pytorch.space.enumeration.bounds import SpaceBounds


class SearchSpace:
    """Distinct cells in ascending order of their hashes, as columns; made by `enumerate_cells`.

    `len(space)`, iteration, `space[i]` and `space[i:j]` give `ModelSpec`s, each the graph that the original stores;
    `spec in space` and `hash in space` ask whether it has a cell, under whatever numbering.

    Attributes:
        columns: the arrays; see `Columns`.
        bounds: within which the cells are. A subset has the bounds of the space that it is from.
        complete: whether these are all the cells within the bounds.
        merged: cells left out because another, not isomorphic, has the same hash; none in NAS-Bench-101.
        path: the file that the space is mapped from or was saved to, or None.
    """

    def __init__(self, stored: StoredSpace, path: Path | None = None, source: _Source | None = None) -> None:
        self.columns = stored.columns
        self.bounds = stored.bounds
        self.complete = stored.complete
        self.merged = stored.merged
        self.path = path
        self._stored = stored
        self._source = source  # of a subset: the space it is from and its rows there
        self._label = {name: label for label, name in enumerate(stored.bounds.operations)}

    # The sequence of cells

    def __len__(self) -> int:
        return len(self.columns)

    @overload
    def __getitem__(self, key: int) -> ModelSpec: ...
    @overload
    def __getitem__(self, key: slice) -> list[ModelSpec]: ...
    def __getitem__(self, key: int | slice) -> ModelSpec | list[ModelSpec]:
        if isinstance(key, slice):
            return [self._spec(row) for row in range(*key.indices(len(self)))]
        row = int(key)
        if not -len(self) <= row < len(self):
            raise IndexError(f"row {row} of a space of {len(self):,} cells")
        return self._spec(row % len(self))

    def __iter__(self) -> Iterator[ModelSpec]:
        return map(self._spec, range(len(self)))

    def __contains__(self, cell: object) -> bool:
        return isinstance(cell, (ModelSpec, str)) and self.find(cell) is not None

    def __repr__(self) -> str:
        bounds, subset = self.bounds, "" if self.complete else "subset, "
        return (
            f"<SearchSpace: {subset}{len(self):,} cells, at most {bounds.max_vertices} vertices and "
            f"{bounds.max_edges} edges, {len(bounds.operations)} operations>"
        )

    def _spec(self, row: int) -> ModelSpec:
        vertices = int(self.columns.vertices[row])
        matrix = _matrix(vertices, int(self.columns.adjacency[row]))
        names = self.bounds.operations
        labels = self.columns.operations[row, : vertices - 2].tolist()
        return ModelSpec(matrix, [INPUT, *(names[label] for label in labels), OUTPUT])

    @property
    def checksum(self) -> int:
        """CRC-32 of all columns: equal for equal spaces."""
        return self._stored.checksum

    # Finding cells

    def find(self, cell: ModelSpec | str) -> int | None:
        """Row of a cell, given by a spec in any numbering or by its hash; None where the space does not have it.

        A spec is looked up as it is after pruning.
        """
        if isinstance(cell, str):
            return find_hash(self.hash_halves, cell)
        labels = self.labels_of(cell)
        if labels is None:
            return None
        table = self.code_table
        if table is None:
            return find_hash(self.hash_halves, cell.hash_spec(self.bounds.operations))
        catalogue = structure_catalogue(self.bounds)
        assert catalogue is not None
        code = catalogue.code(cell.adjacency_rows(), labels)
        row = -1 if code is None else int(table[code])
        return None if row < 0 else row

    def index_of(self, cell: ModelSpec | str) -> int:
        """Row of a cell, given by a spec in any numbering or by its hash.

        Raises:
            InputError: the space does not have it.
        """
        row = self.find(cell)
        if row is not None:
            return row
        what = f"hash '{cell}'" if isinstance(cell, str) else f"the cell {cell!r}"
        raise InputError(f"{what} is not among the {len(self):,} cells of {self!r}")

    def labels_of(self, spec: ModelSpec) -> list[int] | None:
        """Label of each interior vertex's operation; None where the spec cannot be in a space of these bounds."""
        ops = spec.ops
        if ops is None or len(ops) > self.bounds.max_vertices or ops[0] != INPUT or ops[-1] != OUTPUT:
            return None
        try:
            return [self._label[name] for name in ops[1:-1]]
        except KeyError:
            return None

    @functools.cached_property
    def code_table(self) -> npt.NDArray[np.int32] | None:
        """Row of every code of `cell_index`, -1 for none; None where cells must be looked up by hash."""
        catalogue = None if self.merged else structure_catalogue(self.bounds)
        return None if catalogue is None else catalogue.table(self.columns)

    @functools.cached_property
    def hash_halves(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """Upper and lower 64 bits of the hashes, each of shape (N,), as numbers that order as the hex does."""
        return hash_words(self.columns.hash)

    def hashes(self) -> list[str]:
        """All hashes, in order: 32 lower-case hex digits each."""
        return hex_strings(self.columns.hash)

    def hash_at(self, row: int) -> str:
        """Hash of the cell in that row."""
        return bytes(self.columns.hash[row]).hex()

    # Parts of it

    def subset(self, cells: npt.NDArray[Any] | Iterable[str]) -> SearchSpace:
        """The space of some of the cells, in the same order.

        Args:
            cells: a boolean mask of shape (N,), or rows as integers, or hashes as strings.

        Raises:
            InputError: the mask has another length, a row is out of range, or a hash is not in the space.
        """
        rows = self._rows(cells)
        columns = self.columns.take(rows)
        complete = self.complete and len(rows) == len(self)
        stored = StoredSpace(columns, self.bounds, complete, self.merged, columns_checksum(columns))
        if self._source is None:
            return SearchSpace(stored, source=(self, rows))
        whole, own_rows = self._source
        return SearchSpace(stored, source=(whole, own_rows[rows]))

    def _rows(self, cells: npt.NDArray[Any] | Iterable[str]) -> npt.NDArray[np.int64]:
        given = np.asarray(cells if isinstance(cells, (np.ndarray, Sequence)) else list(cells))
        if given.size == 0:
            return np.empty(0, dtype=np.int64)
        if given.dtype == bool:
            if given.shape != (len(self),):
                raise InputError(f"the mask has shape {given.shape}, but the space has {len(self)} cells")
            return np.flatnonzero(given)
        if given.dtype.kind in "iu":
            if given.ndim != 1 or given.min() < 0 or given.max() >= len(self):
                raise InputError(f"rows must be one list of numbers from 0 to {len(self) - 1}")
            return np.unique(given).astype(np.int64)
        if given.dtype.kind != "U":
            raise InputError("give a boolean mask, rows as integers, or hashes as strings")
        return np.unique(find_hashes(self.hash_halves, given.tolist()))

    # Files

    def to_arrow(self) -> pa.Table:
        """The columns as an Arrow table, without copying."""
        return columns_to_arrow(self.columns)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the space as Arrow IPC, atomically; `SearchSpace.load` reads it.

        Raises:
            OSError: it cannot be written.
        """
        write_space(path, self._stored)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SearchSpace:
        """Map a file that `save` wrote, and verify its checksum.

        Raises:
            InputError: it is no such file, or is damaged.
            OSError: it cannot be read.
        """
        return cls(read_space(path), Path(path).absolute())

    def __reduce__(self) -> tuple[Any, ...]:
        if self._source is not None:
            return _subset, self._source
        if self.path is not None:
            return _found_again, (str(self.path), self.bounds, self.complete, self.checksum)
        return SearchSpace, (self._stored,)


def _subset(space: SearchSpace, rows: npt.NDArray[np.int64]) -> SearchSpace:
    return space.subset(rows)


def _found_again(path: str, bounds: SpaceBounds, complete: bool, checksum: int) -> SearchSpace:
    return SearchSpace(*find_again(path, bounds, complete, checksum))


_Source = tuple[SearchSpace, npt.NDArray[np.int64]]


@functools.lru_cache(maxsize=1 << 14)
def _matrix(vertices: int, bits: int) -> npt.NDArray[np.int8]:
    matrix: npt.NDArray[np.int8] = adjacency_matrices(np.array([bits], dtype=np.uint64), vertices)[0]
    return matrix
