"""Construction of all cells of a search space, each exactly once.

1. List all full matrices in the original's order, as bits (`canonical_graphs`): 6,472 for NAS-Bench-101.
2. Keep the canonical ones, the smallest of each isomorphism class: 2,494.
3. Keep the canonical labellings of each canonical graph (`canonical_labels`): 423,624 cells. Each is the same graph
   that the original meets first, since both orders are the same and the smallest graph of a cell has a canonical
   matrix.
4. Hash the cells (`hashing.compiled`) and sort them by hash. Cells with equal hashes differ by construction. The
   original would take them for one cell and keep the first; so does this module, and counts the cells left out. Only
   cells that are kept are hashed: a third of the original's MD5s, and no hash needs to be remembered.
5. Compute parameters and FLOPs (`costs.many_cells`) from one table per canonical graph.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.costs.many_cells import cost_tables
from nasbench_pytorch.space.enumeration.arrow_file import StoredSpace, columns_checksum
from nasbench_pytorch.space.enumeration.bounds import (
    BYTES_PER_CELL,
    SpaceBounds,
    refuse_before_building,
    refuse_if_too_large,
)
from nasbench_pytorch.space.enumeration.canonical_graphs import (
    CanonicalGraphs,
    adjacency_matrices,
    find_canonical_graphs,
)
from nasbench_pytorch.space.enumeration.canonical_labels import CanonicalLabels, all_labels
from nasbench_pytorch.space.enumeration.cell_columns import NO_OPERATION, Columns, adjacency_type, hash_bytes
from nasbench_pytorch.space.hashing.many_graphs import hash_columns


def build_space(bounds: SpaceBounds, threads: int | None = None) -> StoredSpace:
    """Build all cells within `bounds`, without any cache.

    Raises:
        InputError: there are more cells than memory allows; the message gives the number.
    """
    refuse_before_building(bounds)
    parts = []
    for vertices in bounds.sizes:
        graphs = find_canonical_graphs(vertices, bounds.max_edges)
        parts.append((graphs, CanonicalLabels(graphs, len(bounds.operations))))
    cells = sum(labels.count() for _, labels in parts)
    refuse_if_too_large(bounds, cells, cells * BYTES_PER_CELL)
    blocks = [_cells_of_size(graphs, labels, bounds) for graphs, labels in parts]
    unhashed = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    hashes = hash_columns(unhashed["vertices"], unhashed["adjacency"], unhashed["operations"], threads)
    order = _order_by_hash(hashes)
    columns = Columns(hash=hash_bytes(hashes[order]), **{name: array[order] for name, array in unhashed.items()})
    return StoredSpace(columns, bounds, complete=True, merged=cells - len(order), checksum=columns_checksum(columns))


def _cells_of_size(
    graphs: CanonicalGraphs, labels: CanonicalLabels, bounds: SpaceBounds
) -> dict[str, npt.NDArray[Any]]:
    """Return all columns but the hash, for the cells of one number of vertices, in the original's order."""
    codes = [labels.codes_of_graph(graph) for graph in range(len(graphs))]
    graph = np.repeat(np.arange(len(codes)), [len(codes_of_graph) for codes_of_graph in codes])
    operations = all_labels(graphs.vertices, len(bounds.operations))[np.concatenate(codes)]
    tables = cost_tables(adjacency_matrices(graphs.bits, graphs.vertices), bounds.operations)
    padded = np.full((len(graph), max(bounds.max_vertices - 2, 1)), NO_OPERATION, dtype=np.uint8)
    padded[:, : graphs.vertices - 2] = operations
    return {
        "vertices": np.full(len(graph), graphs.vertices, dtype=np.uint8),
        "adjacency": graphs.bits.astype(adjacency_type(bounds.max_vertices))[graph],
        "operations": padded,
        "edges": graphs.edges[graphs.positions][graph].astype(np.uint8),
        "trainable_parameters": tables.parameters.costs(graph, operations),
        "flops": tables.flops.costs(graph, operations),
    }


def _order_by_hash(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return positions in ascending order of the hashes; of equal hashes only the first position."""
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))  # stable
    ordered = hashes[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return order[new]
