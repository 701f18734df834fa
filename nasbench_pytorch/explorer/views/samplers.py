"""Cells that samplers draw, shown on top of all cells: not every sampler draws uniformly."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.errors import NotInTableError
from nasbench_pytorch.explorer.views.find_cells import row_of
from nasbench_pytorch.space.encodings_abc import (
    MOST_EDGES,
    POSSIBLE_EDGES,
    VERTICES,
    decoded_cell,
    encoded_spec,
    matrix_of_encoding_a,
    matrix_of_encoding_b,
    matrix_of_encoding_c,
)
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable
    from nasbench_pytorch.space.spec import ModelSpec

MOST_DRAWS = 5_000
"""Cells of one overlay."""

_FEWEST_TRIES = 2_000
"""Candidates after which a sampler gives up if fewer than one in a hundred is a cell of the table."""

SAMPLERS: dict[str, str] = {
    "uniform": "uniform over the cells",
    "notebook": "random matrices, as in the original's notebook",
    "encoding_a": "encoding A: 21 binary edges",
    "encoding_b": "encoding B: 9 categorical edges",
    "encoding_c": "encoding C: 21 scores and a number of edges",
}
"""Name → what it draws."""

_ENCODINGS: dict[str, Callable[[np.random.Generator], npt.NDArray[np.int8]]] = {
    "notebook": lambda rng: np.triu(rng.integers(2, size=(VERTICES, VERTICES), dtype=np.int8), 1),
    "encoding_a": lambda rng: matrix_of_encoding_a(rng.integers(2, size=POSSIBLE_EDGES)),
    "encoding_b": lambda rng: matrix_of_encoding_b(rng.integers(POSSIBLE_EDGES, size=MOST_EDGES)),
    "encoding_c": lambda rng: matrix_of_encoding_c(rng.random(POSSIBLE_EDGES), int(rng.integers(MOST_EDGES + 1))),
}
"""Sampler → how it draws a 7×7 matrix. Encodings refuse more than 9 edges before pruning; the notebook after it."""


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
    draw = partial(_draw_spec, name)
    tries = 0
    while len(rows) < count and (tries < _FEWEST_TRIES or 100 * len(rows) >= tries):
        tries += 1
        spec = draw(rng)
        row = None if spec is None or not spec.valid_spec else row_of(table, spec)
        if row is not None:
            rows.append(row)
    return np.array(rows, np.uint32)


def _draw_spec(name: str, rng: np.random.Generator) -> ModelSpec | None:
    matrix = _ENCODINGS[name](rng)
    operations = [CANONICAL_OPERATIONS[label] for label in rng.integers(3, size=VERTICES - 2).tolist()]
    return encoded_spec(matrix, operations) if name == "notebook" else decoded_cell(matrix, operations)
