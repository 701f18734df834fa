"""Random cells of a space. Every function takes an explicit `numpy.random.Generator` and stays within the space."""

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
"""Candidates that a function draws before it gives up, unless told otherwise: seconds."""


def sample_uniform(space: SearchSpace, rng: np.random.Generator) -> ModelSpec:
    """A cell of the space, each with the same probability.

    Raises:
        InputError: the space is empty.
    """
    refuse_empty(space)
    return space[int(rng.integers(len(space)))]


def sample_distinct(space: SearchSpace, count: int, rng: np.random.Generator) -> list[ModelSpec]:
    """`count` different cells, each set of them with the same probability, in random order.

    Raises:
        InputError: the space has fewer.
    """
    if not 0 <= count <= len(space):
        raise InputError(f"cannot draw {count:,} different cells from {len(space):,}")
    return [space[int(row)] for row in rng.choice(len(space), size=count, replace=False)]


def sample_random_matrix(space: SearchSpace, rng: np.random.Generator, max_tries: int = MAX_TRIES) -> ModelSpec:
    """The random spec of the original's notebook: not uniform over cells, since some have more matrices than others.

    Every possible edge of the largest number of vertices is there with probability 1/2 and each interior operation is
    drawn uniformly; repeated until the spec, after pruning, is a cell of the space.

    Args:
        space: the space, or a subset.
        rng: source of randomness.
        max_tries: candidates before giving up.

    Returns:
        The spec as drawn: its `original_matrix` has the largest number of vertices.

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
    """The first drawn spec that is a cell of the space.

    Raises:
        InputError: none of `max_tries` was; names `what` was drawn.
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
        InputError: it has none.
    """
    if not len(space):
        raise InputError("the space is empty; use a weaker filter")


def padded(space: SearchSpace, spec: ModelSpec) -> tuple[npt.NDArray[Any], list[str]]:
    """A spec with as many vertices as the space allows: isolated ones are put in front of the output.

    The isolated vertices have the first operation. A spec that has more vertices than that is pruned first.

    Returns:
        A matrix that may be changed, and the operations.

    Raises:
        InputError: the spec has too many vertices even after pruning, or its output cannot be reached.
    """
    size = space.bounds.max_vertices
    matrix, ops = spec.original_matrix, spec.original_ops
    if len(ops) > size:
        matrix, ops, _ = spec.pruned()
    own = len(ops)
    if own > size:
        raise InputError(f"the cell has {own} vertices; those of the space have at most {size}")
    larger = np.zeros((size, size), dtype=np.int8)
    larger[: own - 1, : own - 1] = matrix[:-1, :-1]
    larger[: own - 1, -1] = matrix[:-1, -1]
    return larger, [*ops[:-1], *[space.bounds.operations[0]] * (size - own), ops[-1]]
