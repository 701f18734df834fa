"""Where enumerated search spaces are kept between processes."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.folders import cache_folder
from nasbench_pytorch.space.enumeration.arrow_file import (
    FORMAT_VERSION,
    DamagedSpaceError,
    StoredSpace,
    read_space,
    write_space,
)
from nasbench_pytorch.space.enumeration.build import build_space
from nasbench_pytorch.space.operations import OPERATION_COSTS

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.bounds import SpaceBounds

CACHE_VERSION = 1
"""Raised whenever enumeration, hash or costs change, so that files of before are not used."""


LARGEST_CACHED_BYTES = 1 << 30
"""Larger spaces (some 25 million cells) are not put into the cache unasked; `SearchSpace.save` keeps them."""


def cache_path(bounds: SpaceBounds) -> Path:
    """The file of a space. Its name holds all that the content depends on, the operations' costs included."""
    costs = [
        (name, OPERATION_COSTS[name].parameters(channels), OPERATION_COSTS[name].flops(channels, 1024))
        for name in bounds.operations
        for channels in (43, 128, 512)
    ]
    key = hashlib.sha256(repr((CACHE_VERSION, FORMAT_VERSION, bounds, costs)).encode()).hexdigest()[:16]
    return cache_folder() / f"space-{bounds.max_vertices}v-{bounds.max_edges}e-{len(bounds.operations)}ops-{key}.arrow"


def cached_or_built(bounds: SpaceBounds, threads: int | None = None) -> tuple[StoredSpace, Path | None]:
    """The space of these bounds, mapped from the cache, or built and put there; and its file, None if it has none.

    Raises:
        InputError: there are more cells than memory allows.
    """
    stored = _load(bounds)
    if stored is not None:
        return stored, cache_path(bounds)
    stored = build_space(bounds, threads)
    size_bytes = sum(array.nbytes for array in stored.columns.arrays())
    return stored, _store(stored) if size_bytes <= LARGEST_CACHED_BYTES else None


def _load(bounds: SpaceBounds) -> StoredSpace | None:
    """The cached space, or None where there is none; a damaged file counts as none, with a warning."""
    path = cache_path(bounds)
    try:
        stored = read_space(path)
    except FileNotFoundError:
        return None
    except (DamagedSpaceError, OSError) as error:
        warnings.warn(f"the cached search space cannot be used and is built again: {error}", stacklevel=4)
        return None
    return stored if stored.bounds == bounds and stored.complete else None


def _store(space: StoredSpace) -> Path | None:
    """Put a space into the cache; where that fails, warn and go on without. Returns its file, or None."""
    path = cache_path(space.bounds)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_space(path, space)
    except OSError as error:
        warnings.warn(
            f"the search space cannot be cached in {path.parent} ({error.strerror}) and will be built again next time; "
            "set NASBENCH_CACHE_DIR to a folder that can be written",
            stacklevel=4,
        )
        return None
    return path
