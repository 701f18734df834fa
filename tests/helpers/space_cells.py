"""Random cells for property tests."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from nasbench_pytorch.space import CANONICAL_OPERATIONS, OPERATION_COSTS, ModelSpec


@st.composite
def specs(
    draw: Any, max_vertices: int = 7, operations: tuple[str, ...] = CANONICAL_OPERATIONS, valid: bool = False
) -> ModelSpec:
    """Draw any upper-triangular cell; with `valid`, only cells whose input reaches the output."""
    size = draw(st.integers(2, max_vertices))
    edges = draw(st.lists(st.booleans(), min_size=size * (size - 1) // 2, max_size=size * (size - 1) // 2))
    matrix = np.zeros((size, size), dtype=int)
    matrix[np.triu_indices(size, 1)] = edges
    if valid and not nx.has_path(as_graph(matrix), 0, size - 1):
        matrix[0, size - 1] = 1
    interior = draw(st.lists(st.sampled_from(operations), min_size=size - 2, max_size=size - 2))
    return ModelSpec(matrix, ["input", *interior, "output"])


ALL_OPERATIONS = tuple(OPERATION_COSTS)


def as_graph(matrix: Any, ops: list[str] | None = None) -> nx.DiGraph:
    """Return the cell as a networkx graph, with operations as the nodes' attribute `op`."""
    graph = nx.from_numpy_array(np.asarray(matrix), create_using=nx.DiGraph)
    if ops is not None:
        nx.set_node_attributes(graph, dict(enumerate(ops)), "op")
    return graph
