"""Cells that samplers draw, to be laid over the cloud of all cells: not every sampler draws uniformly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.find_cells import NotInTableError
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable

MOST_DRAWS = 5_000
"""Cells of one overlay."""

_TRIES_FOR_ONE = 200
"""Candidates for each wanted cell, after which a sampler gives up."""

_Draw = Callable[["ExploredTable", np.random.Generator], ModelSpec]


def draw_rows(table: ExploredTable, name: str, count: int, seed: int) -> npt.NDArray[np.uint32]:
    """Return the rows of cells that a sampler draws, in the order of the draws; a cell may occur again.

    Draws that are no cells of the table are drawn again, as searches do; if hardly any is one, fewer are returned.

    Raises:
        NotInTableError: there is no such sampler.
        InputError: the count or the seed is out of range.
    """
    if name not in SAMPLERS:
        raise NotInTableError(f"there is no sampler '{name[:40]}'; there are: {', '.join(SAMPLERS)}")
    if not 1 <= count <= MOST_DRAWS:
        raise InputError(f"count must be 1 to {MOST_DRAWS:,}, got {count}")
    if not 0 <= seed < 1 << 63:
        raise InputError(f"seed must be a whole number from 0 to 2^63 - 1, got {seed}")
    rng = np.random.default_rng(seed)
    if not table.file.cells:
        return np.empty(0, np.uint32)
    if name == "uniform":
        return rng.integers(table.file.cells, size=count).astype(np.uint32)
    rows: list[int] = []
    draw = _DRAWS[name]
    for _ in range(count * _TRIES_FOR_ONE):
        row = table.row_of(draw(table, rng))
        if row is not None:
            rows.append(row)
            if len(rows) == count:
                break
    return np.array(rows, np.uint32)
