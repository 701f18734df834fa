"""The moves of searches as plain loops over matrices and operations; they share no code with the package's moves.

A cell is a matrix, as tuples of 0 and 1, and the operations with `input` and `output`. Only the last step, from a cell
to its row, is the package's: `SearchSpace.find`.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

from nasbench_pytorch.space import ModelSpec

if TYPE_CHECKING:
    import numpy as np

    from nasbench_pytorch.space import SearchSpace

Matrix = tuple[tuple[int, ...], ...]
Cell = tuple[Matrix, tuple[str, ...]]
Edges = frozenset[tuple[int, int]]


def cell_of(spec: ModelSpec) -> Cell:
    """Return the pruned cell of a valid spec."""
    matrix, ops, _ = spec.pruned()
    return tuple(tuple(map(int, row)) for row in matrix), tuple(ops)


def padded(cell: Cell, size: int) -> Cell:
    """Add isolated vertices of the first operation in front of the output."""
    matrix, ops = cell
    added = size - len(ops)
    rows = [(*row[:-1], *[0] * added, row[-1]) for row in matrix[:-1]]
    rows += [(0,) * size] * (added + 1)
    return tuple(rows), (*ops[:-1], *["conv3x3-bn-relu"] * added, ops[-1])


def row_of(space: SearchSpace, cell: Cell) -> int:
    """Return the row of a cell after pruning; -1 where it is none of the space."""
    spec = ModelSpec([list(row) for row in cell[0]], list(cell[1]))
    found = space.find(spec) if spec.valid_spec else None
    return -1 if found is None else int(found)


def forward_pairs(size: int) -> list[tuple[int, int]]:
    return list(itertools.combinations(range(size), 2))


def flipped(matrix: Matrix, edge: tuple[int, int]) -> Matrix:
    """Add or remove an edge."""
    rows = [list(row) for row in matrix]
    rows[edge[0]][edge[1]] ^= 1
    return tuple(map(tuple, rows))


def relabelled(ops: tuple[str, ...], vertex: int, name: str) -> tuple[str, ...]:
    return (*ops[:vertex], name, *ops[vertex + 1 :])


# nas_benchmarks: one parameter of encoding A


def one_parameter_chances(space: SearchSpace, cell: Cell) -> dict[int, float]:
    """Return row → probability after a change of one of the parameters of an unpruned cell; -1 is an invalid child.

    A parameter is an edge of the upper triangle or an operation, all equally likely; so are the other operations. The
    edges are counted before pruning.
    """
    matrix, ops = cell
    parameters = len(forward_pairs(len(ops))) + len(ops) - 2
    chances: dict[int, float] = defaultdict(float)
    for edge in forward_pairs(len(ops)):
        child = flipped(matrix, edge), ops
        has_room = sum(map(sum, child[0])) <= space.bounds.max_edges
        chances[row_of(space, child) if has_room else -1] += 1 / parameters
    for vertex in range(1, len(ops) - 1):
        others = [name for name in space.bounds.operations if name != ops[vertex]]
        for name in others:
            child = matrix, relabelled(ops, vertex, name)
            has_room = sum(map(sum, matrix)) <= space.bounds.max_edges
            chances[row_of(space, child) if has_room else -1] += 1 / parameters / len(others)
    return dict(chances)


# The notebook and naszilla: flips with probabilities, until the child is a cell


def flip_chances(space: SearchSpace, cell: Cell, edge: float, operation: float) -> dict[int, float]:
    """Return row → probability after flips of an unpruned cell, from every matrix and every choice of operations."""
    matrix, ops = cell
    pairs, names = forward_pairs(len(ops)), space.bounds.operations
    chances: dict[int, float] = defaultdict(float)
    for bits in itertools.product((0, 1), repeat=len(pairs)):
        rows = [[0] * len(ops) for _ in ops]
        chance = 1.0
        for (source, target), bit in zip(pairs, bits, strict=True):
            rows[source][target] = bit
            chance *= edge if bit != matrix[source][target] else 1 - edge
        for interior in itertools.product(names, repeat=len(ops) - 2):
            share = chance
            for name, before in zip(interior, ops[1:-1], strict=True):
                share *= 1 - operation if name == before else operation / (len(names) - 1)
            row = row_of(space, (tuple(map(tuple, rows)), (ops[0], *interior, ops[-1])))
            if row >= 0:
                chances[row] += share
    total = sum(chances.values())
    return {row: chance / total for row, chance in chances.items()}


def flip_at_random(space: SearchSpace, cell: Cell, edge: float, operation: float, rng: np.random.Generator) -> int:
    """Return the row of one random child."""
    matrix, ops = cell
    while True:
        rows, names = [list(row) for row in matrix], list(ops)
        for source, target in forward_pairs(len(ops)):
            if rng.random() < edge:
                rows[source][target] ^= 1
        for vertex in range(1, len(ops) - 1):
            if rng.random() < operation:
                others = [name for name in space.bounds.operations if name != ops[vertex]]
                names[vertex] = others[rng.integers(len(others))]
        row = row_of(space, (tuple(map(tuple, rows)), tuple(names)))
        if row >= 0:
            return row


# One edit of either cell gives the other


def after_one_edit(space: SearchSpace, cell: Cell) -> set[int]:
    """Return the rows that one edit of a pruned cell gives, without the cell itself.

    An edit removes an edge, adds one in either direction where that closes no cycle, or replaces an operation.
    """
    matrix, ops = cell
    last = len(ops) - 1
    edges = {(u, v) for u, v in itertools.product(range(last + 1), repeat=2) if matrix[u][v]}
    found = {
        row_of(space, (matrix, relabelled(ops, vertex, name)))
        for vertex in range(1, last)
        for name in space.bounds.operations
    }
    for source, target in itertools.product(range(last), range(1, last + 1)):
        child = in_topological_order(frozenset(edges ^ {(source, target)}), ops) if source != target else None
        if child is not None:
            found.add(row_of(space, child))
    return found - {-1, row_of(space, cell)}


def in_topological_order(edges: Edges, ops: tuple[str, ...]) -> Cell | None:
    """Return the cell of a graph whose interior vertices are numbered anyhow; None where it has a cycle."""
    last = len(ops) - 1
    order, left = [0], set(range(1, last))
    while left:
        free = [v for v in sorted(left) if not any((u, v) in edges for u in left)]
        if not free:
            return None
        order.append(free[0])
        left.discard(free[0])
    order.append(last)
    matrix = tuple(tuple(int((u, v) in edges) for v in order) for u in order)
    return matrix, tuple(ops[v] for v in order)


def pruned_to(space: SearchSpace, cell: Cell) -> set[int]:
    """Return the rows of larger cells that one removal of an edge, and pruning, makes this pruned cell.

    Such a cell is this one, vertices that lie on paths of the removed edge only, and edges of which none joins two
    vertices of this cell. All of these are tried.
    """
    matrix, ops = cell
    size, last = len(ops), len(ops) - 1
    row = row_of(space, cell)
    own = {(u, v) for u, v in itertools.product(range(size), repeat=2) if matrix[u][v]}
    found: set[int] = set()
    for added in range(1, space.bounds.max_vertices - size + 1):
        vertices = range(size, size + added)
        possible = [(u, v) for u, v in itertools.product([*range(size), *vertices], repeat=2) if u != last and v != 0]
        possible = [(u, v) for u, v in possible if (u >= size or v >= size) and (u < v or min(u, v) < size)]
        for count in range(added + 1, space.bounds.max_edges - len(own) + 1):
            for extra in itertools.combinations(possible, count):
                edges = frozenset(own | set(extra))
                if not all(any(u == d for u, _ in extra) and any(v == d for _, v in extra) for d in vertices):
                    continue
                if not any(_lets_all_go(edges - {edge}, size, vertices) for edge in extra):
                    continue
                for names in itertools.product(space.bounds.operations, repeat=added):
                    larger = in_topological_order(*_output_last(edges, (*ops, *names), last))
                    if larger is not None:
                        found.add(row_of(space, larger))
    return found - {-1, row}


def _lets_all_go(edges: Edges, size: int, vertices: range) -> bool:
    """Return whether no added vertex is on a path from the input to the output."""
    after, before = _reached(edges, 0), _reached(frozenset((v, u) for u, v in edges), size - 1)
    return not any(vertex in after and vertex in before for vertex in vertices)


def _reached(edges: Edges, start: int) -> set[int]:
    found, new = {start}, [start]
    while new:
        vertex = new.pop()
        following = {v for u, v in edges if u == vertex} - found
        found |= following
        new += following
    return found


def _output_last(edges: Edges, ops: tuple[str, ...], output: int) -> tuple[Edges, tuple[str, ...]]:
    """Move the output behind the added vertices."""
    place = [*range(output), len(ops) - 1, *range(output, len(ops) - 1)]
    moved = frozenset((place[u], place[v]) for u, v in edges)
    return moved, (*ops[:output], *ops[output + 1 :], ops[output])


def neighbours_of_all(space: SearchSpace) -> list[set[int]]:
    """Return for each cell of a complete space the cells that one edit of either makes the other."""
    after = [after_one_edit(space, cell_of(spec)) for spec in space]
    neighbours = [set(rows) for rows in after]
    for row, rows in enumerate(after):
        for other in rows:
            neighbours[other].add(row)
    return neighbours


def neighbours_of(space: SearchSpace, cell: Cell) -> set[int]:
    """Return the same for one pruned cell, found from that cell alone."""
    return after_one_edit(space, cell) | pruned_to(space, cell)
