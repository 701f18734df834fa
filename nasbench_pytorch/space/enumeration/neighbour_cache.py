"""Cache of the one-edit neighbours of complete spaces, beside the spaces themselves."""

from __future__ import annotations

import hashlib
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.space.enumeration.disk_cache import cache_path

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace

NEIGHBOUR_VERSION = 1
"""Version of the definition of a neighbour and of the file; raise it when one of them changes."""

Arrays = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]


def neighbours_path(space: SearchSpace) -> Path:
    """Return the file of a space's neighbours; its name begins as that of the space."""
    return cache_path(space.bounds).with_suffix(f".neighbours{NEIGHBOUR_VERSION}.npz")


def cached_arrays(space: SearchSpace) -> Arrays | None:
    """Return the arrays of a space, or None if they are missing; a damaged file counts as missing, with a warning."""
    path = neighbours_path(space)
    try:
        with np.load(path, allow_pickle=False) as stored:
            offsets, rows = stored["offsets"], stored["rows"]
            if bytes(stored["digest"]) == _digest(space, offsets, rows):
                return offsets, rows
            reason = "its digest differs"
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, TypeError, zlib.error, zipfile.BadZipFile) as error:
        reason = str(error)
    warnings.warn(f"the cached neighbours cannot be used and are found again: {path}: {reason}", stacklevel=3)
    return None


def store_arrays(space: SearchSpace, offsets: npt.NDArray[np.int64], rows: npt.NDArray[np.int32]) -> None:
    """Write the arrays of a space to the cache; warn if that fails."""
    path = neighbours_path(space)
    digest = np.frombuffer(_digest(space, offsets, rows), np.uint8)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as stream:
            np.savez(stream, offsets=offsets, rows=rows, digest=digest)
    except OSError as error:
        warnings.warn(
            f"the neighbours cannot be cached in {path.parent} ({error.strerror}) and will be found again next time; "
            "set NASBENCH_CACHE_DIR to a folder that can be written",
            stacklevel=3,
        )


def _digest(space: SearchSpace, offsets: npt.NDArray[np.int64], rows: npt.NDArray[np.int32]) -> bytes:
    """Return the SHA-256 of the arrays and of the space that they belong to."""
    digest = hashlib.sha256(
        f"{NEIGHBOUR_VERSION} {space.checksum} {offsets.dtype} {rows.dtype} {len(offsets)}".encode()
    )
    digest.update(np.ascontiguousarray(offsets).data)
    digest.update(np.ascontiguousarray(rows).data)
    return digest.digest()
