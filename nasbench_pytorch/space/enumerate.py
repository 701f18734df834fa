"""The search space, enumerated or read from the cache, and its cells by their hashes."""

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

_SHOWN = 3


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


@functools.lru_cache(maxsize=1)
def nasbench101_space() -> SearchSpace:
    """The 423,624 cells of NAS-Bench-101, once per process."""
    return enumerate_cells()


def cell_by_hash(hash_hex: str) -> ModelSpec:
    """The cell of NAS-Bench-101 that has this hash, or whose hash alone begins with these digits.

    Needs no table: the cells are enumerated (seconds, once) and kept in the cache.

    Args:
        hash_hex: 1 to 32 hex digits.

    Raises:
        InputError: no cell has it (says how many were looked at and which come nearest), or several begin so.
    """
    space = nasbench101_space()
    return space[row_by_hash(space, hash_hex)]


def row_by_hash(space: SearchSpace, hash_hex: str) -> int:
    """Row in `space` of the cell whose hash is, or alone begins with, `hash_hex`.

    Raises:
        InputError: there is none, or there are several.
    """
    rows = rows_with_prefix(space.hash_halves, hash_hex)
    if len(rows) == 1:
        return rows[0]
    if len(rows) > 1:
        raise InputError(
            f"{len(rows):,} of the {len(space):,} cells have a hash that begins with '{hash_hex}': "
            f"{_some(space, rows)}; give more digits"
        )
    prefix, nearest = longest_known_prefix(space.hash_halves, hash_hex)
    raise InputError(
        f"none of the {len(space):,} cells of this space has a hash that begins with '{hash_hex}'; the nearest begin "
        f"with '{prefix}': {_some(space, nearest)}"
    )


def _some(space: SearchSpace, rows: range) -> str:
    shown = ", ".join(space.hash_at(row) for row in rows[:_SHOWN])
    return shown + (f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else "")
