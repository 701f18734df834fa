"""Row of a NAS-Bench-101 cell among all 423,624 in ascending hash order, without a hash.

A table of the whole space has its cells in these rows, so a query needs no MD5. A bisection finds the matrix, under
any numbering of its vertices; a few multiplications and one array give the row. This takes 2 µs, where the hash takes
60 µs with hashlib and 5 µs with compiled code.
"""

from __future__ import annotations

import functools
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.space.enumeration.row_index import RowIndex, hashes_crc32, matrix_key, read_index
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

NASBENCH101_CELLS = 423_624
"""Number of cells of NAS-Bench-101."""

_LARGEST_VERTICES = 7


class CellRows:
    """Rows of NAS-Bench-101's cells, found by their specs.

    Args:
        index: the index of NAS-Bench-101.
    """

    def __init__(self, index: RowIndex) -> None:
        self._hash_crc32 = int(index.hash_crc32[0])
        # Single numbers come out of memoryviews several times as fast as out of arrays.
        self._matrices: Any = memoryview(index.matrices)  # type: ignore[arg-type]
        self._first = memoryview(index.first)  # type: ignore[arg-type]
        self._weights = memoryview(index.weights.reshape(-1))  # type: ignore[arg-type]
        self._row_of_code = memoryview(index.row_of_code)  # type: ignore[arg-type]
        self._width = index.weights.shape[1]
        self._label = {name: label for label, name in enumerate(CANONICAL_OPERATIONS)}

    def are_rows_of(self, hashes: npt.NDArray[np.uint8]) -> bool:
        """Return whether hashes, bytes of shape (N, 16), are those of all cells in ascending order."""
        return len(hashes) == NASBENCH101_CELLS and hashes_crc32(hashes) == self._hash_crc32

    def find(self, spec: ModelSpec) -> int | None:
        """Return the row of a cell, under any numbering of its vertices; None where its hash must tell.

        That is a cell outside of NAS-Bench-101, or a spec of a class with a hash of its own.

        Raises:
            InputError: the input cannot reach the output.
        """
        _, ops, rows = spec.pruned()
        if len(rows) > _LARGEST_VERTICES or type(spec).hash_spec is not ModelSpec.hash_spec:
            return None
        key, matrices = matrix_key(rows), self._matrices
        position = bisect_left(matrices, key)
        if position == len(matrices) or matrices[position] != key:
            return None
        code, weight, label = self._first[position], position * self._width, self._label
        try:
            for name in ops[1:-1]:
                code += self._weights[weight] * label[name]
                weight += 1
        except KeyError:
            return None
        return self._row_of_code[code]


@functools.cache
def cell_rows() -> CellRows | None:
    """Return the rows, read once per process in milliseconds; None if the package lacks the index."""
    index = read_index()
    return None if index is None else CellRows(index)
