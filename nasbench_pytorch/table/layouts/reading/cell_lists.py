"""Cells that come one by one, as matrices and names, collected as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.reading.graphs import MOST_VERTICES
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Cells

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.row_block import Vocabulary

_NO_HASH = "0" * 32


class CellLists:
    """Collector of cells.

    Args:
        where: the file, for messages.
        vocabulary: receives the names of the operations.
    """

    def __init__(self, where: str, vocabulary: Vocabulary) -> None:
        self._where, self._vocabulary = where, vocabulary
        self._codes: dict[str, int] = {}
        self._hashes: list[str] = []
        self._vertices: list[int] = []
        self._adjacency = bytearray()
        self._operations = bytearray()

    def __len__(self) -> int:
        return len(self._vertices)

    def add(self, matrix: Sequence[Sequence[int]], operations: Sequence[str], module_hash: str = _NO_HASH) -> int:
        """Add a cell and return its number.

        Args:
            matrix: V rows of V numbers 0 and 1.
            operations: V names.
            module_hash: 32 hex digits; none where the file has no hash.

        Raises:
            InputError: the matrix is not square, holds other numbers, or does not fit to the operations.
        """
        size = len(operations)
        try:
            flat: list[Any] = [entry for row in matrix for entry in row]
            square = len(matrix) == size and all(len(row) == size for row in matrix)
            bits = bytes(int(entry) if entry in (0, 1) else 2 for entry in flat)
        except (TypeError, ValueError):
            square, bits = False, b""
        if not square or 2 in bits or not 2 <= size <= MOST_VERTICES:
            raise InputError(
                f"{self._where}: cell number {len(self):,}: its matrix is not {size}×{size} of 0 and 1, as its {size} "
                "operations need; the file is damaged"
            )
        self._adjacency += bits
        self._operations += bytes(self._code(name) for name in operations)
        self._vertices.append(size)
        self._hashes.append(module_hash)
        return len(self) - 1

    def _code(self, name: str) -> int:
        if name not in self._codes:
            self._codes[name] = self._vocabulary.code(name)
        return self._codes[name]

    def cells(self, parameters: Sequence[int] | None = None) -> Cells:
        """Return all cells.

        Args:
            parameters: trainable parameters of each, negative where unknown; None if all are unknown.
        """
        counts = np.full(len(self), NO_PARAMETERS) if parameters is None else np.array(parameters, np.int64)
        return Cells(
            np.frombuffer(bytes.fromhex("".join(self._hashes)), np.uint8).reshape(-1, 16),
            np.array(self._vertices, np.int64),
            np.where(counts < 0, NO_PARAMETERS, counts),
            np.frombuffer(bytes(self._adjacency), np.uint8),
            np.frombuffer(bytes(self._operations), np.uint8),
        )
