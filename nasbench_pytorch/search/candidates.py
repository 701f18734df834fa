"""Candidates: the cells that an algorithm may propose, as positions in the space."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.proposals import NOT_A_CELL
from nasbench_pytorch.space.one_edit_array import build_one_edit_array

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace
    from nasbench_pytorch.space.spec import ModelSpec


class Candidates:
    """A space of cells, and which of them may be proposed.

    The space is complete, so that an algorithm can move from cell to cell. It includes cells that a table lacks; these
    may not be proposed.

    Attributes:
        space: all N cells in ascending order of their hashes; a position is a row of the space.
        allowed: bool, shape (N,): which cells may be proposed.

    Args:
        space: the cells.
        allowed: bool, shape (N,): which cells may be proposed; None for all.

    Raises:
        InputError: `allowed` has another shape, or allows no cell.
    """

    def __init__(self, space: SearchSpace, allowed: npt.NDArray[np.bool_] | None = None) -> None:
        mask = np.ones(len(space), dtype=np.bool_) if allowed is None else np.asarray(allowed, dtype=np.bool_)
        if mask.shape != (len(space),):
            raise InputError(f"allowed must have shape ({len(space)},), one value for each cell, got {mask.shape}")
        if not mask.any():
            raise InputError(f"allowed is false for all {len(space):,} cells; allow at least one")
        self.space = space
        self.allowed = mask

    @cached_property
    def positions(self) -> npt.NDArray[np.int32]:
        """Positions of the M cells that may be proposed, ascending; int32, shape (M,)."""
        return np.flatnonzero(self.allowed).astype(np.int32)

    def __len__(self) -> int:
        """Return the number of cells that may be proposed."""
        return len(self.positions)

    def __contains__(self, position: object) -> bool:
        """Return whether a position is that of a cell that may be proposed."""
        if not isinstance(position, int | np.integer):
            return False
        return 0 <= int(position) < len(self.allowed) and bool(self.allowed[position])

    def spec(self, position: int) -> ModelSpec:
        """Return the cell at a position."""
        return self.space[position]

    def neighbours(self, position: int) -> npt.NDArray[np.int32]:
        """Return the positions of a cell's one-edit neighbours that may be proposed, ascending; int32.

        The first call computes the neighbours of all cells, which takes seconds, or reads them from the cache folder;
        see `build_one_edit_array`.
        """
        found = build_one_edit_array(self.space).of(position)
        return found[self.allowed[found]]

    def position_of(self, spec: ModelSpec) -> int:
        """Return the position of a cell; `NOT_A_CELL` if the spec is invalid or the space lacks the cell.

        Isomorphic specs have the same position. The cell need not be one that may be proposed.
        """
        row = self.space.find(spec) if spec.valid_spec else None
        return NOT_A_CELL if row is None else row
