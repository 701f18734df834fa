"""Count the parameters of many cells in one skeleton, with one calculation for each matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space import ModelSpec, Skeleton, count_parameters
from nasbench_pytorch.space.operations import MAXPOOL3X3


class ParameterCounter:
    """Counter of trainable parameters.

    A count is the sum of the matrix's parameters with parameter-free operations, and of each vertex's operation at its
    number of channels. Both depend only on the matrix and the operation's name, so they are cached by matrix; all of
    NAS-Bench-101 has 6,472 matrices.

    Args:
        skeleton: the network around the cells.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._base: dict[bytes, int] = {}
        self._extra: dict[tuple[bytes, int, str], int] = {}

    def count(self, matrix: npt.NDArray[np.int8], operations: Sequence[str]) -> int:
        """Return the trainable parameters of a pruned cell; see `count_parameters`."""
        key = matrix.tobytes()
        base = self._base.get(key)
        if base is None:
            base = self._base[key] = self._count(matrix, {})
        return base + sum(self._of_vertex(key, matrix, v, operations[v], base) for v in range(1, len(operations) - 1))

    def _of_vertex(self, key: bytes, matrix: npt.NDArray[np.int8], vertex: int, operation: str, base: int) -> int:
        extra = self._extra.get((key, vertex, operation))
        if extra is None:
            extra = self._extra[key, vertex, operation] = self._count(matrix, {vertex: operation}) - base
        return extra

    def _count(self, matrix: npt.NDArray[np.int8], operations: dict[int, str]) -> int:
        names = [operations.get(vertex, MAXPOOL3X3) for vertex in range(1, len(matrix) - 1)]
        return count_parameters(ModelSpec(matrix, ["input", *names, "output"]), self._skeleton)
