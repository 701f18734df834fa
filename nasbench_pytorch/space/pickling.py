"""A search space in a pickle: by the file it is mapped from, not by its content.

A space without a file pickles its columns. Where the file is not there when unpickled (another machine), all cells
of the same bounds are enumerated, which gives the same space; a subset is its rows in the space that it is from.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.bounds import SpaceBounds
from nasbench_pytorch.space.space_file import DamagedSpaceError, StoredSpace, read_space

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace


def reduce_space(
    space: SearchSpace, stored: StoredSpace, source: tuple[SearchSpace, npt.NDArray[np.int64]] | None
) -> tuple[Any, ...]:
    """What `__reduce__` of a space returns."""
    if source is not None:
        return take, source
    if space.path is not None:
        return from_path, (str(space.path), stored.bounds, stored.complete, stored.checksum)
    return from_columns, (stored,)


def take(space: SearchSpace, rows: npt.NDArray[np.int64]) -> SearchSpace:
    """The subset of these rows."""
    return space.subset(rows)


def from_columns(stored: StoredSpace) -> SearchSpace:
    """A space without a file."""
    from nasbench_pytorch.space.search_space import SearchSpace

    return SearchSpace(stored)


def from_path(path: str, bounds: SpaceBounds, complete: bool, checksum: int) -> SearchSpace:
    """The space that was mapped from `path`.

    Raises:
        InputError: the file is gone or holds something else, and the space cannot be enumerated.
    """
    from nasbench_pytorch.space.enumeration import enumerate_cells
    from nasbench_pytorch.space.search_space import SearchSpace

    try:
        stored = read_space(path)
        if stored.checksum == checksum:
            return SearchSpace(stored, Path(path))
        reason = "holds another space now"
    except (OSError, DamagedSpaceError) as error:
        reason = f"cannot be read ({error})"
    if complete:
        space = enumerate_cells(bounds.max_vertices, bounds.max_edges, bounds.operations)
        if space.checksum == checksum:
            return space
        reason += ", and enumerating its bounds gives another space (other version or operation costs)"
    raise InputError(f"a pickled search space was in {path}, which {reason}; save it there again")
