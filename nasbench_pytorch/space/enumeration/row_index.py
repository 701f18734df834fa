"""The index of NAS-Bench-101 that comes with the package: matrices, their codes, and the row of every code.

The file holds what `CodeCatalogue` and the enumeration give. Computing it takes seconds on a machine without an
enumerated space, and reading it takes milliseconds. If the order of the cells or of the codes changes, write it with

    python -m nasbench_pytorch.space.enumeration.row_index
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nasbench_pytorch.space.adjacency import Rows
    from nasbench_pytorch.space.search_space import SearchSpace

SHIPPED = Path(__file__).parents[2] / "data" / "row_index.npz"


class RowIndex(NamedTuple):
    """Rows of N cells in ascending order of their hashes, by code; see `CodeCatalogue`.

    Attributes:
        matrices: uint64, shape (M,), ascending: `matrix_key` of each matrix within the bounds.
        first: int32, shape (M,): code of each matrix with all labels 0.
        weights: uint8, shape (M, V-2): weight of each interior vertex's label in the code; 0 beyond a matrix.
        row_of_code: int32, shape (codes,): row of the cell that has a code.
        hash_crc32: uint32, shape (1,): `hashes_crc32` of the N cells.
    """

    matrices: npt.NDArray[np.uint64]
    first: npt.NDArray[np.int32]
    weights: npt.NDArray[np.uint8]
    row_of_code: npt.NDArray[np.int32]
    hash_crc32: npt.NDArray[np.uint32]


def matrix_key(rows: Rows) -> int:
    """Return a number for a matrix of up to 8 vertices; no two matrices of pruned cells share one.

    A smaller matrix is filled up with zeros. It stays distinct, because only the last row of a pruned cell is zero.
    """
    return int.from_bytes(bytes(rows), "little")


def hashes_crc32(hashes: npt.NDArray[np.uint8]) -> int:
    """Return the CRC-32 of hashes of shape (N, 16), in order."""
    return zlib.crc32(np.ascontiguousarray(hashes).data)


def read_index(path: Path = SHIPPED) -> RowIndex | None:
    """Read the file; return None where it is missing or damaged, which only costs speed."""
    try:
        with np.load(path) as stored:
            return RowIndex(**{name: stored[name] for name in RowIndex._fields})
    except (OSError, ValueError, KeyError, EOFError, zlib.error, zipfile.BadZipFile):
        return None


def compute_index(space: SearchSpace) -> RowIndex:
    """Return the index of a complete space of up to 8 vertices that has a code catalogue."""
    from nasbench_pytorch.space.enumeration.cell_codes import code_catalogue

    catalogue = code_catalogue(space.bounds)
    assert catalogue is not None
    codes = sorted((matrix_key(rows), code) for rows, code in catalogue.matrix_codes())
    weights = np.zeros((len(codes), space.bounds.max_vertices - 2), np.uint8)
    for position, (_, code) in enumerate(codes):
        weights[position, : len(code.weights)] = code.weights
    return RowIndex(
        np.array([key for key, _ in codes], np.uint64),
        np.array([code.first for _, code in codes], np.int32),
        weights,
        catalogue.table(space.columns),
        np.array([hashes_crc32(space.columns.hash)], np.uint32),
    )


def _write() -> None:
    from nasbench_pytorch.space.enumerate import nasbench101_space

    np.savez(SHIPPED, **compute_index(nasbench101_space())._asdict())


if __name__ == "__main__":
    _write()
