"""The search space of some bounds, from the cache or built."""

from __future__ import annotations

from collections.abc import Sequence

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.bounds import SpaceBounds
from nasbench_pytorch.space.building import build_space
from nasbench_pytorch.space.cache import cached_or_built
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS
from nasbench_pytorch.space.search_space import SearchSpace


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
    stored, path = cached_or_built(bounds, threads) if cache else (build_space(bounds, threads), None)
    if verify_isomorphism and stored.merged:
        raise InputError(
            f"{stored.merged:,} cells are not isomorphic to an earlier one that has the same hash, so hashes do not "
            "tell the cells of this space apart; lower a bound, or accept that such cells count as one"
        )
    return SearchSpace(stored, path)
