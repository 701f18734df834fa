"""Bounds of a search space, and its size before anything is enumerated."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.memory import available_memory_bytes
from nasbench_pytorch.space.operation_checks import unknown_operation
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS, INPUT, OPERATION_COSTS, OUTPUT

VERTEX_LIMIT = 10
"""Adjacency bits of more vertices (55 bits) are not exact in the float64 products of `canonical_graphs`."""

OPERATION_LIMIT = 250
"""Most operations; each is stored as one byte."""

BYTES_PER_CELL = 150
"""Peak memory per cell while a space is built, measured; the finished columns take 39 of these bytes."""

BYTES_PER_MATRIX = 400
"""Peak memory per unlabelled matrix while a space is built."""


@dataclass(frozen=True)
class SpaceBounds:
    """Largest size and operations of the cells of a space.

    Attributes:
        max_vertices: largest number of vertices, input and output included; 2 to 10.
        max_edges: largest number of edges; at least 1.
        operations: names of the interior vertices' operations; their order gives the labels of the hash.
    """

    max_vertices: int = 7
    max_edges: int = 9
    operations: tuple[str, ...] = CANONICAL_OPERATIONS

    def __post_init__(self) -> None:
        if not 2 <= self.max_vertices <= VERTEX_LIMIT:
            raise InputError(f"max_vertices must be 2 to {VERTEX_LIMIT}, got {self.max_vertices}")
        if self.max_edges < 1:
            raise InputError(f"max_edges must be at least 1, got {self.max_edges}")
        self._check_operations()

    @property
    def sizes(self) -> range:
        """Numbers of vertices that cells have: V vertices on paths need at least V-1 edges."""
        return range(2, min(self.max_vertices, self.max_edges + 1) + 1)

    def _check_operations(self) -> None:
        names = self.operations
        if not 1 <= len(names) <= OPERATION_LIMIT:
            raise InputError(f"operations must be 1 to {OPERATION_LIMIT} names, got {len(names)}")
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise InputError(f"operations must differ from each other; given more than once: {', '.join(repeated)}")
        for position, name in enumerate(names):
            if name in (INPUT, OUTPUT):
                raise InputError(f"operation '{name}' is reserved for the input and output vertices; choose another")
            if name not in OPERATION_COSTS:
                raise unknown_operation(name, position, list(OPERATION_COSTS))


def count_full_dags(vertices: int, max_edges: int) -> int:
    """Count the matrices of exactly `vertices` vertices that are all on paths from the first to the last.

    The count is an inclusion–exclusion sum over the vertices without an out-edge. Each term is the sum of the
    coefficients of a product of polynomials in the number of edges; no matrix is built.
    """
    total = 0
    for absent in itertools.product((False, True), repeat=vertices - 1):
        coefficients = [1]
        for column in range(1, vertices):
            sources = column - sum(absent[:column])
            choices = [0, *(math.comb(sources, edges) for edges in range(1, sources + 1))]
            coefficients = _product(coefficients, choices, max_edges)
        total += (-1) ** sum(absent) * sum(coefficients)
    return total


def _product(left: list[int], right: list[int], degree: int) -> list[int]:
    result = [0] * min(len(left) + len(right) - 1, degree + 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right[: degree + 1 - i]):
            result[i + j] += a * b
    return result


def count_labelled(bounds: SpaceBounds) -> int:
    """Count the labelled graphs that the original would look at: 1,293,208 for NAS-Bench-101."""
    return sum(
        count_full_dags(vertices, bounds.max_edges) * len(bounds.operations) ** (vertices - 2)
        for vertices in bounds.sizes
    )


def refuse_before_building(bounds: SpaceBounds) -> None:
    """Refuse bounds whose space certainly does not fit into memory, before any work.

    A cell has at most (V-2)! numberings, so the labelled graphs divided by that are a lower bound of the cells.

    Raises:
        InputError: the space does not fit; the message gives the estimate.
    """
    matrices = cells = 0
    for vertices in bounds.sizes:
        count = count_full_dags(vertices, bounds.max_edges)
        matrices += count
        cells += count * len(bounds.operations) ** (vertices - 2) // math.factorial(vertices - 2)
    refuse_if_too_large(bounds, cells, cells * BYTES_PER_CELL + matrices * BYTES_PER_MATRIX, "at least ")


def refuse_if_too_large(bounds: SpaceBounds, cells: int, size_bytes: int, qualifier: str = "") -> None:
    """Refuse a space that does not fit into the memory that is available now.

    Raises:
        InputError: the space does not fit; the message gives its size.
    """
    available = available_memory_bytes()
    if size_bytes > available:
        raise InputError(
            f"max_vertices={bounds.max_vertices}, max_edges={bounds.max_edges} with {len(bounds.operations)} "
            f"operations is {qualifier}{cells:,} cells and needs {qualifier}{size_bytes / 2**30:,.1f} GiB to build, "
            f"but {available / 2**30:.1f} GiB are available; lower a bound or leave out operations"
        )
