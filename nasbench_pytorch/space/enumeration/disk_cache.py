"""Cache of enumerated search spaces, shared by all processes of a user."""

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
"""Version of enumeration, hash and costs; raise it when one of them changes, so that older files are not used."""

LARGEST_CACHED_BYTES = 1 << 30
"""Size limit of a cached space (some 25 million cells); larger ones can be kept with `SearchSpace.save`."""


def cache_path(bounds: SpaceBounds) -> Path:
    """Return the file of a space. Its name depends on the bounds, the operations' costs and the versions."""
    costs = [
        (name, OPERATION_COSTS[name].parameters(channels), OPERATION_COSTS[name].flops(channels, 1024))
        for name in bounds.operations
        for channels in (43, 128, 512)
    ]
    key = hashlib.sha256(repr((CACHE_VERSION, FORMAT_VERSION, bounds, costs)).encode()).hexdigest()[:16]
    return cache_folder() / f"space-{bounds.max_vertices}v-{bounds.max_edges}e-{len(bounds.operations)}ops-{key}.arrow"


def cached_or_built(bounds: SpaceBounds, threads: int | None = None) -> tuple[StoredSpace, Path | None]:
    """Map the space of these bounds from the cache, or build and cache it; return it and its file, if any.

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
    """Return the cached space, or None if it is missing; a damaged file counts as missing, with a warning."""
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
    """Write a space to the cache and return its file; warn and return None if that fails."""
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
