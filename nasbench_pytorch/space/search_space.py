"""SearchSpace: all cells within some bounds, or a subset of them."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.cell_lookup import CellLookup
from nasbench_pytorch.space.enumeration.arrow_file import (
    StoredSpace,
    columns_checksum,
    columns_to_arrow,
    read_space,
    write_space,
)
from nasbench_pytorch.space.enumeration.canonical_graphs import adjacency_matrices
from nasbench_pytorch.space.enumeration.unpickle import find_again
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    import pyarrow as pa

    from nasbench_pytorch.space.enumeration.bounds import SpaceBounds


class SearchSpace(CellLookup):
    """Distinct cells in ascending order of their hashes, as columns; made by `enumerate_cells`.

    `len(space)`, iteration, `space[i]` and `space[i:j]` give `ModelSpec`s, each the same graph that the original
    stores. `spec in space` and `hash in space` work under any numbering of the vertices.

    Attributes:
        columns: the arrays; see `Columns`.
        bounds: bounds that all cells meet. A subset has the bounds of the space that it is part of.
        complete: whether the space has all cells within the bounds.
        merged: number of cells left out because a cell that is not isomorphic has the same hash; 0 in NAS-Bench-101.
        path: file that the space is mapped from or is cached in, or None.
    """

    def __init__(self, stored: StoredSpace, path: Path | None = None, source: _Source | None = None) -> None:
        super().__init__(stored.columns, stored.bounds, stored.merged)
        self.complete = stored.complete
        self.path = path
        self._stored = stored
        self._source = source  # of a subset

    # The sequence of cells

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

    def _repr_html_(self) -> str:
        """Return an overview for notebooks: numbers of cells, and a few drawings."""
        from nasbench_pytorch.space.overview import space_overview

        return space_overview(self)

    def _spec(self, row: int) -> ModelSpec:
        vertices = int(self.columns.vertices[row])
        matrix = _matrix(vertices, int(self.columns.adjacency[row]))
        names = self.bounds.operations
        labels = self.columns.operations[row, : vertices - 2].tolist()
        return ModelSpec(matrix, [INPUT, *(names[label] for label in labels), OUTPUT])

    @property
    def checksum(self) -> int:
        """CRC-32 of all columns; equal spaces have the same."""
        return self._stored.checksum

    # Subsets

    def subset(self, cells: npt.NDArray[Any] | Iterable[str]) -> SearchSpace:
        """Return the space of some of the cells, in the same order.

        Args:
            cells: a boolean mask of shape (N,), or rows as integers, or hashes as strings.

        Raises:
            InputError: the mask has another length, a row is out of range, or a hash is not in the space.
        """
        rows = self.rows_of(cells)
        columns = self.columns.take(rows)
        complete = self.complete and len(rows) == len(self)
        stored = StoredSpace(columns, self.bounds, complete, self.merged, columns_checksum(columns))
        if self._source is None:
            return SearchSpace(stored, source=_Source(self, rows))
        return SearchSpace(stored, source=_Source(self._source.space, self._source.rows[rows]))

    # Files

    def to_arrow(self) -> pa.Table:
        """Return the columns as an Arrow table, without copying."""
        return columns_to_arrow(self.columns)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the space as Arrow IPC, atomically; `SearchSpace.load` reads it.

        Raises:
            OSError: the file cannot be written.
        """
        write_space(path, self._stored)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SearchSpace:
        """Map a file that `save` wrote, and verify its checksum.

        Raises:
            InputError: the file is not a search space, or is damaged.
            OSError: the file cannot be read.
        """
        return cls(read_space(path), Path(path).absolute())

    def __reduce__(self) -> tuple[Any, ...]:
        if self._source is not None:
            return _subset, tuple(self._source)
        if self.path is not None:
            return _found_again, (str(self.path), self.bounds, self.complete, self.checksum)
        return SearchSpace, (self._stored,)


class _Source(NamedTuple):
    """The whole space that a subset is part of, and the subset's rows in it."""

    space: SearchSpace
    rows: npt.NDArray[np.int64]


def _subset(space: SearchSpace, rows: npt.NDArray[np.int64]) -> SearchSpace:
    return space.subset(rows)


def _found_again(path: str, bounds: SpaceBounds, complete: bool, checksum: int) -> SearchSpace:
    return SearchSpace(*find_again(path, bounds, complete, checksum))


@functools.lru_cache(maxsize=1 << 14)
def _matrix(vertices: int, bits: int) -> npt.NDArray[np.int8]:
    matrix: npt.NDArray[np.int8] = adjacency_matrices(np.array([bits], dtype=np.uint64), vertices)[0]
    return matrix
