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

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.batch_hashing import hash_columns
from nasbench_pytorch.space.bounds import BYTES_PER_CELL, SpaceBounds, refuse_before_building, refuse_if_too_large
from nasbench_pytorch.space.cache import cache_path, load_cached, store
from nasbench_pytorch.space.column_costs import cost_tables
from nasbench_pytorch.space.columns import NO_OPERATION, Columns, adjacency_type, hash_bytes
from nasbench_pytorch.space.labellings import Labellings, all_labellings
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS
from nasbench_pytorch.space.search_space import SearchSpace
from nasbench_pytorch.space.space_file import StoredSpace, columns_checksum
from nasbench_pytorch.space.structures import Structures, adjacency_matrices, find_structures


def enumerate_cells(
    max_vertices: int = 7,
    max_edges: int = 9,
    operations: Sequence[str] = CANONICAL_OPERATIONS,
    *,
    cache: bool = True,
    verify_isomorphism: bool = False,
    threads: int | None = None,
) -> SearchSpace:
    """All cells within the bounds; the defaults are the 423,624 of NAS-Bench-101.

    Args:
        max_vertices: vertices of a cell, both ends included.
        max_edges: edges of a cell.
        operations: names of the interior vertices' operations, in the order that gives the hash's labels.
        cache: map the space from the per-user cache where it is there, and put it there where it is not. The folder
            is `NASBENCH_CACHE_DIR`, else the platform's for caches.
        verify_isomorphism: refuse a space in which two cells that are not isomorphic share a hash.
        threads: for hashing; None for as many as there are cores.

    Raises:
        InputError: a bound is out of range, there are more cells than memory allows (says how many), an operation is
            unknown or given twice, or the verification fails.
    """
    bounds = SpaceBounds(max_vertices, max_edges, tuple(operations))
    stored = load_cached(bounds) if cache else None
    path = None if stored is None else cache_path(bounds)
    if stored is None:
        stored = enumerate_bounds(bounds, threads)
        path = store(stored) if cache else None
    if verify_isomorphism and stored.merged:
        raise InputError(
            f"{stored.merged:,} cells are not isomorphic to an earlier one that has the same hash, so hashes do not "
            "tell the cells of this space apart; lower a bound, or accept that such cells count as one"
        )
    return SearchSpace(stored, path)


def enumerate_bounds(bounds: SpaceBounds, threads: int | None = None) -> StoredSpace:
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
