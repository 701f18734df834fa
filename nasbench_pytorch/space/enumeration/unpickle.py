"""What a pickled search space was mapped from, found again.

A pickle holds the path of the file, not its content. Where the file is not there when unpickled (another machine),
all cells of the same bounds are taken from the cache there or built, which gives the same space.
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
    """The space that was mapped from `path`, and the file that it is mapped from now.

    Args:
        path: where it was.
        bounds: of the space.
        complete: whether it had all cells within the bounds.
        checksum: of its columns.

    Raises:
        InputError: the file is gone or holds something else, and the space cannot be built.
    """
    try:
        stored = read_space(path)
        if stored.checksum == checksum:
            return stored, Path(path)
        reason = "holds another space now"
    except (OSError, DamagedSpaceError) as error:
        reason = f"cannot be read ({error})"
    if complete:
        stored, own_path = cached_or_built(bounds)
        if stored.checksum == checksum:
            return stored, own_path
        reason += ", and its bounds give another space here (other version or operation costs)"
    raise InputError(f"a pickled search space was in {path}, which {reason}; save it there again")
