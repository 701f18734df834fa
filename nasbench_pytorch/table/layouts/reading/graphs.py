"""The graphs of imported cells: checked, pruned, and grouped by hashes that are computed again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.space import CANONICAL_OPERATIONS, hash_specs
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.space.spec_hashes import kept_vertices
from nasbench_pytorch.table.storage.row_block import Cells

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.row_block import Vocabulary

_CELLS_AT_A_TIME = 1 << 16
_POSITION = re.compile(r"^cell (\d+): ")
MOST_VERTICES = 32
"""Vertices of an imported cell; NAS-Bench-101 has at most 7."""


class CheckedCells(NamedTuple):
    """Cells after their check.

    Attributes:
        cells: the pruned cells, with their hashes.
        pruned: number of cells that had vertices on no path from input to output.
    """

    cells: Cells
    pruned: int


def matrix_bytes(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8] | None:
    """Return 0s and 1s of any number type as bytes; None if there is another value."""
    if values.dtype.kind not in "biuf":
        return None
    flat: npt.NDArray[np.uint8] = (values == 1).astype(np.uint8)
    return flat if bool(((values == 0) | (values == 1)).all()) else None


def check_cells(cells: Cells, vocabulary: Vocabulary, where: str, has_hashes: bool) -> CheckedCells:
    """Check cells, prune them, and compute their hashes.

    Args:
        cells: with the hashes of their file.
        vocabulary: names of their operations.
        where: the file, for messages.
        has_hashes: whether the file has hashes, which are compared.

    Raises:
        InputError: a graph is no cell, an operation is unknown, or the file's hash of a cell is not its graph's.
    """
    if not len(cells):
        raise InputError(f"{where}: no cells; a table has at least one")
    if int(cells.vertices.min()) < 2 or int(cells.vertices.max()) > MOST_VERTICES:
        wrong = int(cells.vertices.argmin() if cells.vertices.min() < 2 else cells.vertices.argmax())
        raise InputError(
            f"{where}: {_name(cells, wrong, has_hashes)} has {cells.vertices[wrong]} vertices, not 2 to {MOST_VERTICES}"
        )
    hashes = np.empty((len(cells), 16), np.uint8)
    kept = np.ones(len(cells.operations), np.bool_)
    for size in np.unique(cells.vertices).tolist():
        chosen = np.flatnonzero(cells.vertices == size)
        for first in range(0, len(chosen), _CELLS_AT_A_TIME):
            part = chosen[first : first + _CELLS_AT_A_TIME]
            _check_same_size(cells, part, vocabulary.names, (where, has_hashes), hashes, kept)
    if has_hashes:
        _compare_hashes(cells, hashes, where)
    without = int((~np.minimum.reduceat(kept, cells.vertex_starts()[:-1])).sum())
    return CheckedCells(_pruned(cells, hashes, kept) if without else cells_with(cells, hashes), without)


def cells_with(cells: Cells, hashes: npt.NDArray[np.uint8]) -> Cells:
    """Return cells with other hashes."""
    return Cells(hashes, cells.vertices, cells.parameters, cells.adjacency, cells.operations)


def _name(cells: Cells, cell: int, has_hashes: bool) -> str:
    return f"cell {cells.hashes[cell].tobytes().hex()}" if has_hashes else f"cell number {cell:,}"


def _check_same_size(
    cells: Cells,
    part: npt.NDArray[np.int64],
    names: list[str],
    file: tuple[str, bool],
    hashes: npt.NDArray[np.uint8],
    kept: npt.NDArray[np.bool_],
) -> None:
    """Check cells of equally many vertices; write their hashes and which of their vertices are used."""
    where, has_hashes = file
    size = int(cells.vertices[part[0]])
    places = cells.vertex_starts()[:-1][part][:, None] + np.arange(size)
    codes = cells.operations[places]
    matrices = cells.adjacency[cells.matrix_starts()[:-1][part][:, None] + np.arange(size * size)]
    matrices = matrices.reshape(-1, size, size)
    ends = {name: code for code, name in enumerate(names) if name in (INPUT, OUTPUT)}
    wrong = (codes[:, 0] != ends.get(INPUT, 255)) | (codes[:, -1] != ends.get(OUTPUT, 255))
    if wrong.any():
        found = _name(cells, int(part[wrong.argmax()]), has_hashes)
        row = codes[wrong.argmax()]
        raise InputError(
            f"{where}: the operations of {found} begin with {names[row[0]]!a:.40} and end with "
            f"{names[row[-1]]!a:.40}, not with input and output"
        )
    lower = np.tril(matrices).any(axis=(1, 2))
    if lower.any():
        found = _name(cells, int(part[lower.argmax()]), has_hashes)
        raise InputError(f"{where}: the matrix of {found} is not upper triangular")
    used = kept_vertices(matrices.astype(np.int8))
    kept[places.ravel()] = used.ravel()
    texts = np.array(names, object)[codes].tolist()
    try:
        found_hashes = hash_specs(matrices, texts, CANONICAL_OPERATIONS)
    except InputError as error:
        position = _POSITION.match(str(error))
        cell = int(part[int(position[1])]) if position else int(part[0])
        reason = escape_controls(_POSITION.sub("", str(error)))
        raise InputError(f"{where}: {_name(cells, cell, has_hashes)}: {reason:.200}") from None
    hashes[part] = np.frombuffer(bytes.fromhex("".join(found_hashes)), np.uint8).reshape(-1, 16)


def _compare_hashes(cells: Cells, hashes: npt.NDArray[np.uint8], where: str) -> None:
    differing = np.flatnonzero((cells.hashes != hashes).any(axis=1))
    if len(differing):
        first = int(differing[0])
        raise InputError(
            f"{where}: {len(differing):,} of {len(cells):,} cells have another hash than their graph, the first one "
            f"{cells.hashes[first].tobytes().hex()} instead of {hashes[first].tobytes().hex()}; the file is damaged, "
            "or its cells are mixed up"
        )


def _pruned(cells: Cells, hashes: npt.NDArray[np.uint8], kept: npt.NDArray[np.bool_]) -> Cells:
    """Return the cells without their unused vertices."""
    starts = cells.vertex_starts()
    vertices = np.add.reduceat(kept, starts[:-1], dtype=np.int64)
    cell_of_entry = np.repeat(np.arange(len(cells)), cells.vertices**2)
    within = np.arange(len(cells.adjacency)) - cells.matrix_starts()[cell_of_entry]
    source, destination = np.divmod(within, cells.vertices[cell_of_entry])
    first = starts[cell_of_entry]
    used = kept[first + source] & kept[first + destination]
    return Cells(hashes, vertices, cells.parameters, cells.adjacency[used], cells.operations[kept])
