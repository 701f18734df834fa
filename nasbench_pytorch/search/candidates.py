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

    The space is complete, so that an algorithm can move from cell to cell. Cells that a table lacks stay in the space,
    and are not allowed.

    Attributes:
        space: the cells in ascending order of their hashes; a position is a row of it.
        allowed: bool array, shape (N,): which cells may be proposed.

    Args:
        space: the cells.
        allowed: bool array, shape (N,); None allows all.

    Raises:
        InputError: the mask has another length, or allows no cell.
    """

    def __init__(self, space: SearchSpace, allowed: npt.NDArray[np.bool_] | None = None) -> None:
        mask = np.ones(len(space), dtype=np.bool_) if allowed is None else np.asarray(allowed, dtype=np.bool_)
        if mask.shape != (len(space),):
            raise InputError(f"the mask of allowed cells has shape {mask.shape}; give ({len(space)},)")
        if not mask.any():
            raise InputError(f"none of the {len(space):,} cells may be proposed; allow at least one")
        self.space = space
        self.allowed = mask

    @cached_property
    def positions(self) -> npt.NDArray[np.int32]:
        """Positions of the cells that may be proposed, ascending, shape (M,)."""
        return np.flatnonzero(self.allowed).astype(np.int32)

    def __len__(self) -> int:
        """Return the number of cells that may be proposed."""
        return len(self.positions)

    def __contains__(self, position: object) -> bool:
        """Return whether the cell of a position may be proposed."""
        if not isinstance(position, int | np.integer):
            return False
        return 0 <= int(position) < len(self.allowed) and bool(self.allowed[position])

    def spec(self, position: int) -> ModelSpec:
        """Return the cell of a position."""
        return self.space[position]

    def neighbours(self, position: int) -> npt.NDArray[np.int32]:
        """Return the positions of a cell's one-edit neighbours that may be proposed, ascending.

        The first call finds the neighbours of all cells, in seconds, or reads them from the cache folder; see
        `build_one_edit_array`.
        """
        found = build_one_edit_array(self.space).of(position)
        return found[self.allowed[found]]

    def position_of(self, spec: ModelSpec) -> int:
        """Return the position of a cell under any numbering of its vertices; `NOT_A_CELL` if the space lacks it.

        The cell may be one that is not allowed.
        """
        row = self.space.find(spec) if spec.valid_spec else None
        return NOT_A_CELL if row is None else row
