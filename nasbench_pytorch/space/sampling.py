"""Random cells of a space. Every function takes a `numpy.random.Generator` and returns a cell of the space."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace

MAX_TRIES = 100_000
"""Default number of candidates that a function draws before it gives up; takes seconds."""


def sample_uniform(space: SearchSpace, rng: np.random.Generator) -> ModelSpec:
    """Draw a cell of the space, each with the same probability.

    Raises:
        InputError: the space is empty.
    """
    refuse_empty(space)
    return space[int(rng.integers(len(space)))]


def sample_distinct(space: SearchSpace, count: int, rng: np.random.Generator) -> list[ModelSpec]:
    """Draw `count` different cells, each set with the same probability, in random order.

    Raises:
        InputError: the space has fewer cells.
    """
    if not 0 <= count <= len(space):
        raise InputError(f"cannot draw {count:,} different cells from {len(space):,}")
    return [space[int(row)] for row in rng.choice(len(space), size=count, replace=False)]


def sample_random_matrix(space: SearchSpace, rng: np.random.Generator, max_tries: int = MAX_TRIES) -> ModelSpec:
    """Draw a random spec as the original's notebook does; not uniform over cells, since some have more matrices.

    The matrix has the largest number of vertices. Every possible edge is present with probability 1/2, and each
    interior operation is drawn uniformly. Draws are repeated until the pruned spec is a cell of the space.

    Args:
        space: the space, or a subset.
        rng: source of randomness.
        max_tries: number of candidates before giving up.

    Returns:
        The unpruned spec: its `original_matrix` has the largest number of vertices.

    Raises:
        InputError: no candidate was a cell of the space.

    Source: `random_spec` of the original's NASBench notebook.
    """
    size, operations = space.bounds.max_vertices, space.bounds.operations

    def draw() -> ModelSpec:
        matrix = np.triu(rng.integers(2, size=(size, size), dtype=np.int8), 1)
        labels = rng.integers(len(operations), size=size - 2).tolist()
        return ModelSpec(matrix, [INPUT, *(operations[label] for label in labels), OUTPUT])

    return first_in_space(space, draw, max_tries, "random matrices")


def first_in_space(space: SearchSpace, draw: Callable[[], ModelSpec], max_tries: int, what: str) -> ModelSpec:
    """Draw specs and return the first that is a cell of the space.

    Args:
        space: the space, or a subset.
        draw: function that draws a spec.
        max_tries: number of candidates before giving up.
        what: name of the drawn specs for the error message.

    Raises:
        InputError: no candidate was a cell of the space.
    """
    refuse_empty(space)
    for _ in range(max_tries):
        spec = draw()
        if spec.valid_spec and spec in space:
            return spec
    raise InputError(
        f"none of {max_tries:,} {what} is among the {len(space):,} cells of the space; "
        "use a larger subset, more tries, or sample_uniform"
    )


def refuse_empty(space: SearchSpace) -> None:
    """Refuse a space without cells.

    Raises:
        InputError: the space is empty.
    """
    if not len(space):
        raise InputError("the space is empty; use a weaker filter")


def padded(space: SearchSpace, spec: ModelSpec) -> tuple[npt.NDArray[Any], list[str]]:
    """Pad a spec to the largest number of vertices of the space, with isolated vertices in front of the output.

    The isolated vertices have the first operation. A spec with too many vertices is pruned first.

    Returns:
        A writable matrix, and the operations.

    Raises:
        InputError: the spec has too many vertices even after pruning, or the input cannot reach the output.
    """
    size = space.bounds.max_vertices
    matrix, ops = spec.original_matrix, spec.original_ops
    if len(ops) > size:
        matrix, ops, _ = spec.pruned()
    vertices = len(ops)
    if vertices > size:
        raise InputError(f"the cell has {vertices} vertices; those of the space have at most {size}")
    larger = np.zeros((size, size), dtype=np.int8)
    larger[: vertices - 1, : vertices - 1] = matrix[:-1, :-1]
    larger[: vertices - 1, -1] = matrix[:-1, -1]
    return larger, [*ops[:-1], *[space.bounds.operations[0]] * (size - vertices), ops[-1]]
