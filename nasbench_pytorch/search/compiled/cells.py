"""The candidates of a search as arrays for compiled code."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.one_edit_array import build_one_edit_array
from nasbench_pytorch.space.packed_cells import PackedSpace, packed_space

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.space.search_space import SearchSpace


class CompiledCells(NamedTuple):
    """A space, and which of its cells may be proposed.

    Attributes:
        space: the space.
        allowed: bool, shape (N,): which cells may be proposed.
        positions: int32, shape (M,): positions of the cells that may be proposed, ascending.
        offsets: int64, shape (N + 1,): where the neighbours of each cell begin and end in `neighbours`; shape (1,) if
            the one-edit array is not needed.
        neighbours: int32: positions of all cells' one-edit neighbours; empty if the one-edit array is not needed.
    """

    space: PackedSpace
    allowed: npt.NDArray[np.bool_]
    positions: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    neighbours: npt.NDArray[np.int32]


Array = TypeVar("Array", bound=npt.NDArray[Any])

_LOCK = threading.RLock()
_SPACES: WeakKeyDictionary[SearchSpace, PackedSpace] = WeakKeyDictionary()
_CELLS: WeakKeyDictionary[Candidates, dict[bool, CompiledCells]] = WeakKeyDictionary()


def compiled_cells(candidates: Candidates, with_neighbours: bool = False) -> CompiledCells:
    """Return the arrays of some candidates, made once for all algorithms and threads.

    Args:
        candidates: the cells.
        with_neighbours: whether to include the one-edit array.

    Raises:
        InputError: the space is too large for positions to be found fast.
    """
    with _LOCK:
        known = _CELLS.setdefault(candidates, {})
        if with_neighbours not in known:
            known[with_neighbours] = _cells(candidates, with_neighbours)
        return known[with_neighbours]


def _cells(candidates: Candidates, with_neighbours: bool) -> CompiledCells:
    space = candidates.space
    if space not in _SPACES:
        _SPACES[space] = packed_space(space)
    offsets, neighbours = np.zeros(1, np.int64), np.zeros(0, np.int32)
    if with_neighbours:
        offsets, neighbours = build_one_edit_array(space)
    return CompiledCells(
        _SPACES[space],
        _read_only(candidates.allowed),
        _read_only(candidates.positions),
        _read_only(offsets),
        _read_only(neighbours),
    )


def _read_only(array: Array) -> Array:
    """Return a read-only view: numba has other types for writable arrays, and would compile a function for each."""
    view: Array = array.view()
    view.flags.writeable = False
    return view
