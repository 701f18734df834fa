"""Unpickling of a search space that was mapped from a file.

A pickle holds the path of the file, not its content. On a machine without the file, a complete space is taken from
that machine's cache or built, which gives the same space.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumeration.arrow_file import DamagedSpaceError, StoredSpace, read_space
from nasbench_pytorch.space.enumeration.disk_cache import cached_or_built

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.bounds import SpaceBounds


def find_again(path: str, bounds: SpaceBounds, complete: bool, checksum: int) -> tuple[StoredSpace, Path | None]:
    """Return the space that was mapped from `path`, and the file that it is mapped from now.

    Args:
        path: file when the space was pickled.
        bounds: bounds of the space.
        complete: whether the space had all cells within the bounds.
        checksum: CRC-32 of the columns.

    Raises:
        InputError: the file is missing or holds another space, and the space cannot be built.
    """
    try:
        stored = read_space(path)
        if stored.checksum == checksum:
            return stored, Path(path)
        reason = "holds another space now"
    except (OSError, DamagedSpaceError) as error:
        reason = f"cannot be read ({error})"
    if complete:
        stored, cached_path = cached_or_built(bounds)
        if stored.checksum == checksum:
            return stored, cached_path
        reason += ", and its bounds give another space here (other version or operation costs)"
    raise InputError(f"a pickled search space was in {path}, which {reason}; save it there again")
