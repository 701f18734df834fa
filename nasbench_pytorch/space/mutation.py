"""Random moves between cells: mutations and a crossover.

As in the original, the moves work on unpruned specs that are padded with isolated vertices to the largest number of
vertices, so a later move can bring back a pruned vertex. Every move returns a cell of the space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.sampling import MAX_TRIES, first_in_space, padded, refuse_empty
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace


def mutate_notebook(
    space: SearchSpace,
    parent: ModelSpec,
    rng: np.random.Generator,
    mutation_rate: float = 1.0,
    max_tries: int = MAX_TRIES,
) -> ModelSpec:
    """Mutate a cell as the original's notebook does: any number of edits, possibly none.

    Each possible edge is flipped with probability rate/V, and each interior operation is replaced by another one with
    probability rate/(V-2), where V is the largest number of vertices. Draws are repeated until the result is a cell of
    the space.

    Args:
        space: the space, or a subset.
        parent: the cell to start from; it need not be in the space itself.
        rng: source of randomness.
        mutation_rate: expected number of flipped edges per vertex, and of replaced operations; 0 to V-2.
        max_tries: number of candidates before giving up.

    Raises:
        InputError: no candidate was a cell of the space, or the rate is out of range.

    Source: `mutate_spec` of the original's NASBench notebook.
    """
    size = space.bounds.max_vertices
    if not 0 <= mutation_rate <= max(size - 2, 1):
        raise InputError(f"mutation_rate must be 0 to {max(size - 2, 1)}, got {mutation_rate}")
    return mutate_places(space, parent, rng, mutation_rate / size, mutation_rate / max(size - 2, 1), max_tries)


def mutate_places(
    space: SearchSpace,
    parent: ModelSpec,
    rng: np.random.Generator,
    edge_probability: float,
    operation_probability: float,
    max_tries: int = MAX_TRIES,
) -> ModelSpec:
    """Mutate a cell by flipping each possible edge and replacing each interior operation with some probability.

    Draws are repeated until the result is a cell of the space; it may be the parent.

    Args:
        space: the space, or a subset.
        parent: the cell to start from; it need not be in the space itself.
        rng: source of randomness.
        edge_probability: 1/21 is one edge on average in NAS-Bench-101, as naszilla mutates; the notebook has 1/7.
        operation_probability: 1/5 is one operation on average.
        max_tries: number of candidates before giving up.

    Raises:
        InputError: no candidate was a cell of the space, or a probability is none.
    """
    for name, value in (("edge_probability", edge_probability), ("operation_probability", operation_probability)):
        if not 0 <= value <= 1:
            raise InputError(f"{name} must be 0 to 1, got {value}")
    size = space.bounds.max_vertices
    matrix, ops = padded(space, parent)
    sources, destinations = np.triu_indices(size, 1)
    edges = len(sources)
    others = {name: [other for other in space.bounds.operations if other != name] for name in set(ops[1:-1])}

    def draw() -> ModelSpec:
        chances = rng.random(edges + size - 2)
        flipped = matrix.copy()
        flipped[sources, destinations] ^= chances[:edges] < edge_probability
        new_ops = list(ops)
        for vertex in np.flatnonzero(chances[edges:] < operation_probability).tolist():
            choices = others[ops[vertex + 1]]
            if choices:
                new_ops[vertex + 1] = choices[rng.integers(len(choices))]
        return ModelSpec(flipped, new_ops)

    return first_in_space(space, draw, max_tries, "mutations")


def mutate_one_edit(
    space: SearchSpace, parent: ModelSpec, rng: np.random.Generator, allow_same_cell: bool = False
) -> ModelSpec:
    """Mutate a cell by exactly one edit: flip an edge, or replace an interior operation.

    The edit is drawn uniformly from the V(V-1)/2 + (V-2)(K-1) edits of the padded spec (31 in NAS-Bench-101) that lead
    to a cell of the space. Edits are drawn without replacement, so every edit is tried before giving up.

    Args:
        space: the space, or a subset.
        parent: the cell to start from; it need not be in the space itself.
        rng: source of randomness.
        allow_same_cell: also accept edits that pruning undoes. They let a cell grow: a new edge to an isolated vertex
            does not change the cell, but the next edit may.

    Raises:
        InputError: no edit leads to a cell of the space.

    Source: the one-edit neighbourhood of White et al. 2020 (arXiv 2005.02960), as a mutation.
    """
    refuse_empty(space)
    matrix, ops = padded(space, parent)
    parent_row = space.find(parent) if parent.valid_spec else None
    edits = one_edits(space, ops)
    for position in rng.permutation(len(edits)).tolist():
        child = edited(matrix, ops, edits[position])
        row = space.find(child) if child.valid_spec else None
        if row is not None and (allow_same_cell or row != parent_row):
            return child
    raise InputError(
        f"none of the {len(edits)} one-edit mutations of this cell is another of the {len(space):,} cells of the "
        "space; use a larger subset, or another mutation"
    )


Edit = tuple[int, int] | tuple[int, str]
"""Source and destination of the edge to flip, or a vertex and its new operation."""


def one_edits(space: SearchSpace, ops: list[str]) -> list[Edit]:
    """Return all edits of a padded spec."""
    size = len(ops)
    edges: list[Edit] = [(source, target) for source in range(size) for target in range(source + 1, size)]
    operations: list[Edit] = [
        (vertex, name) for vertex in range(1, size - 1) for name in space.bounds.operations if name != ops[vertex]
    ]
    return edges + operations


def edited(matrix: npt.NDArray[np.int8], ops: list[str], edit: Edit) -> ModelSpec:
    """Return the spec after one edit."""
    vertex, change = edit
    if isinstance(change, str):
        return ModelSpec(matrix, [*ops[:vertex], change, *ops[vertex + 1 :]])
    flipped = matrix.copy()
    flipped[vertex, change] ^= 1
    return ModelSpec(flipped, ops)


def crossover(
    space: SearchSpace,
    first: ModelSpec,
    second: ModelSpec,
    rng: np.random.Generator,
    max_tries: int = MAX_TRIES,
) -> ModelSpec:
    """Take each possible edge and each interior operation from either parent with probability 1/2.

    Both parents are padded first. Draws are repeated until the result is a cell of the space; it may be a parent.

    Raises:
        InputError: no candidate was a cell of the space.
    """
    (matrix, ops), (other_matrix, other_ops) = padded(space, first), padded(space, second)
    interior = range(1, len(ops) - 1)

    def draw() -> ModelSpec:
        from_other = rng.random((len(ops) + 1, len(ops))) < 0.5
        mixed_ops = [other_ops[v] if from_other[-1, v] else ops[v] for v in interior]
        return ModelSpec(np.where(from_other[:-1], other_matrix, matrix), [ops[0], *mixed_ops, ops[-1]])

    return first_in_space(space, draw, max_tries, "crossovers")
