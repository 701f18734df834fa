"""A cell of NAS-Bench-101 by its hash alone."""

from __future__ import annotations

import functools

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumeration import enumerate_cells
from nasbench_pytorch.space.hash_lookup import longest_known_prefix, rows_with_prefix
from nasbench_pytorch.space.search_space import SearchSpace
from nasbench_pytorch.space.spec import ModelSpec

_SHOWN = 3


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
