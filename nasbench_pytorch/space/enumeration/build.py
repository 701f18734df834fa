"""All cells of a search space, each built once.

1. All full matrices in the original's order, as bits (`structures`): 6,472 for NAS-Bench-101.
2. Their structures, that is the smallest of each set of renumberings: 2,494.
3. Of each structure's labellings those that no automorphism makes smaller (`labellings`): 423,624 cells, each shown
   by the very graph that the original meets first, since both orders are the same and a cell's smallest graph has
   its structure's matrix.
4. Hash them (`refinement`), sort by hash. Where two hashes are equal the cells are different all the same, by
   construction; the original would take them for one and keep the first, and so do we, with the count of such cells.
   No cell is hashed that is not kept, so there are a third of the original's MD5s, and nothing needs to be remembered.
5. Parameters and FLOPs (`column_costs`), from a table per structure.
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
from nasbench_pytorch.space.enumeration.canonical_graphs import Structures, adjacency_matrices, find_structures
from nasbench_pytorch.space.enumeration.canonical_labels import Labellings, all_labellings
from nasbench_pytorch.space.enumeration.cell_columns import NO_OPERATION, Columns, adjacency_type, hash_bytes
from nasbench_pytorch.space.hashing.many_graphs import hash_columns


def build_space(bounds: SpaceBounds, threads: int | None = None) -> StoredSpace:
    """Build all cells within `bounds`, without any cache.

    Raises:
        InputError: there are more than memory allows; says how many.
    """
    refuse_before_building(bounds)
    parts = []
    for vertices in bounds.sizes:
        structures = find_structures(vertices, bounds.max_edges)
        parts.append((structures, Labellings(structures, len(bounds.operations))))
    cells = sum(labellings.count() for _, labellings in parts)
    refuse_if_too_large(bounds, cells, cells * BYTES_PER_CELL)
    blocks = [_cells_of_size(structures, labellings, bounds) for structures, labellings in parts]
    unhashed = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    hashes = hash_columns(unhashed["vertices"], unhashed["adjacency"], unhashed["operations"], threads)
    order = _kept_in_order(hashes)
    columns = Columns(hash=hash_bytes(hashes[order]), **{name: array[order] for name, array in unhashed.items()})
    return StoredSpace(columns, bounds, complete=True, merged=cells - len(order), checksum=columns_checksum(columns))


def _cells_of_size(structures: Structures, labellings: Labellings, bounds: SpaceBounds) -> dict[str, npt.NDArray[Any]]:
    """All columns but the hash, for the cells of one number of vertices, in the original's order."""
    codes = [labellings.own_codes(structure) for structure in range(len(structures.representatives))]
    structure = np.repeat(np.arange(len(codes)), [len(own) for own in codes])
    operations = all_labellings(structures.vertices, len(bounds.operations))[np.concatenate(codes)]
    matrices = adjacency_matrices(structures.structure_bits, structures.vertices)
    parameters, flops = cost_tables(matrices, bounds.operations)
    padded = np.full((len(structure), max(bounds.max_vertices - 2, 1)), NO_OPERATION, dtype=np.uint8)
    padded[:, : structures.vertices - 2] = operations
    return {
        "vertices": np.full(len(structure), structures.vertices, dtype=np.uint8),
        "adjacency": structures.structure_bits.astype(adjacency_type(bounds.max_vertices))[structure],
        "operations": padded,
        "edges": structures.edges[structures.representatives][structure].astype(np.uint8),
        "trainable_parameters": parameters.costs(structure, operations),
        "flops": flops.costs(structure, operations),
    }


def _kept_in_order(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Positions in ascending order of the hashes; of equal hashes only the first position."""
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))  # stable
    ordered = hashes[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return order[new]
