"""Enumeration of a search space, or its copy in the cache, and lookup of a NAS-Bench-101 cell by its hash."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumeration.bounds import SpaceBounds
from nasbench_pytorch.space.enumeration.build import build_space
from nasbench_pytorch.space.enumeration.disk_cache import cached_or_built
from nasbench_pytorch.space.enumeration.hash_search import longest_known_prefix, rows_with_prefix
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS
from nasbench_pytorch.space.search_space import SearchSpace

if TYPE_CHECKING:
    from nasbench_pytorch.space.spec import ModelSpec

_SHOWN = 3  # hashes in an error message


def enumerate_cells(
    max_vertices: int = 7,
    max_edges: int = 9,
    operations: Sequence[str] = CANONICAL_OPERATIONS,
    *,
    cache: bool = True,
    verify_isomorphism: bool = False,
    threads: int | None = None,
) -> SearchSpace:
    """Return all cells within the bounds; the defaults give the 423,624 cells of NAS-Bench-101.

    Args:
        max_vertices: largest number of vertices of a cell, input and output included.
        max_edges: largest number of edges of a cell.
        operations: names of the interior vertices' operations; their order gives the labels of the hash.
        cache: map the space from the per-user cache, and add it to the cache if it is missing. The cache folder is
            `NASBENCH_CACHE_DIR`, else the platform's folder for caches.
        verify_isomorphism: refuse a space in which two cells that are not isomorphic share a hash.
        threads: number of threads for hashing; None for one per core.

    Raises:
        InputError: a bound is out of range, there are more cells than memory allows (the message gives the number),
            an operation is unknown or repeated, or the verification fails.
    """
    bounds = SpaceBounds(max_vertices, max_edges, tuple(operations))
    stored, path = cached_or_built(bounds, threads) if cache else (build_space(bounds, threads), None)
    if verify_isomorphism and stored.merged:
        raise InputError(
            f"{stored.merged:,} cells are not isomorphic to an earlier one that has the same hash, so hashes cannot "
            "distinguish the cells of this space; lower a bound, or accept that such cells count as one"
        )
    return SearchSpace(stored, path)


@functools.lru_cache(maxsize=1)
def nasbench101_space() -> SearchSpace:
    """Return the 423,624 cells of NAS-Bench-101, enumerated once per process."""
    return enumerate_cells()


def cell_by_hash(hash_hex: str) -> ModelSpec:
    """Return the cell of NAS-Bench-101 with this hash, or the only one whose hash begins with these digits.

    Needs no table: the cells are enumerated once, in seconds, and kept in the cache.

    Args:
        hash_hex: 1 to 32 hex digits.

    Raises:
        InputError: no cell has such a hash (the message gives the nearest hashes), or several have.
    """
    space = nasbench101_space()
    return space[row_by_hash(space, hash_hex)]


def row_by_hash(space: SearchSpace, hash_hex: str) -> int:
    """Return the row of the only cell in `space` whose hash begins with `hash_hex`.

    Raises:
        InputError: there is no such cell, or there are several.
    """
    rows = rows_with_prefix(space.hash_halves, hash_hex)
    if len(rows) == 1:
        return rows[0]
    if len(rows) > 1:
        raise InputError(
            f"{len(rows):,} of the {len(space):,} cells have a hash that begins with '{hash_hex}': "
            f"{_first_hashes(space, rows)}; give more digits"
        )
    prefix, nearest = longest_known_prefix(space.hash_halves, hash_hex)
    raise InputError(
        f"none of the {len(space):,} cells of this space has a hash that begins with '{hash_hex}'; the nearest begin "
        f"with '{prefix}': {_first_hashes(space, nearest)}"
    )


def _first_hashes(space: SearchSpace, rows: range) -> str:
    shown = ", ".join(space.hash_at(row) for row in rows[:_SHOWN])
    return shown + (f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else "")
