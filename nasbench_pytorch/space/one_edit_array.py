"""The one-edit neighbours of every cell of a space as one array.

The array holds the rows of `neighbour_rows` for all cells: those of NAS-Bench-101 take seconds to find and are kept in
the cache folder. A search then moves from row to row in nanoseconds, where an edit of a spec takes some 100 µs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit
from nasbench_pytorch.ordered_map import ordered_map
from nasbench_pytorch.space.enumeration.neighbour_cache import cached_arrays, store_arrays
from nasbench_pytorch.space.packed_cells import (
    NOT_IN_SPACE,
    PackedSpace,
    edge_bit,
    label_of,
    packed_space,
    row_of,
    sources_of,
    with_label,
)

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace

_PIECE = 1 << 15  # cells per task of a thread


class OneEditArray(NamedTuple):
    """Rows of the one-edit neighbours of N cells, in the compressed form of sparse matrices.

    Attributes:
        offsets: int64, shape (N + 1,): where the neighbours of each cell begin in `rows`.
        rows: int32: the neighbours of all cells, each cell's ascending and without the cell itself.
    """

    offsets: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]

    def of(self, row: int) -> npt.NDArray[np.int32]:
        """Return the rows of one cell's neighbours, ascending; a view."""
        return self.rows[self.offsets[row] : self.offsets[row + 1]]

    @property
    def size_bytes(self) -> int:
        """Memory of both arrays."""
        return self.offsets.nbytes + self.rows.nbytes


_MADE: WeakKeyDictionary[SearchSpace, OneEditArray] = WeakKeyDictionary()


def build_one_edit_array(space: SearchSpace, cache: bool = True) -> OneEditArray:
    """Return the one-edit neighbours of all cells of a space or a subset; see `neighbour_rows` for what they are.

    The same space object has its array built once.

    Args:
        space: the space. The array of a complete one is kept in the cache folder (`NASBENCH_CACHE_DIR`).
        cache: read the array from the cache folder, and add it there.

    Raises:
        InputError: the space has more than 8 vertices, or its cells can be told apart by their hashes only.
    """
    known = _MADE.get(space)
    if known is None:
        arrays = cached_arrays(space) if cache and space.complete else None
        if arrays is None:
            arrays = _build(packed_space(space))
            if cache and space.complete:
                store_arrays(space, *arrays)
        for array in arrays:
            array.flags.writeable = False
        known = _MADE[space] = OneEditArray(*arrays)
    return known


def _build(space: PackedSpace) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Find the cells that one edit of each cell gives, then add the edits of larger cells that prune to it."""
    cells, size = len(space.vertices), space.max_vertices
    width = (size - 2) * (space.operations - 1) + size * (size - 1) // 2 + (size - 2) * (size - 3) // 2
    found = np.empty((cells, width), np.int32)
    counts = np.empty(cells, np.int64)
    pieces = [slice(start, min(start + _PIECE, cells)) for start in range(0, cells, _PIECE)]
    for _ in ordered_map(lambda piece: _edit_all(space, piece.start, piece.stop, found, counts), pieces):
        pass
    offsets = np.zeros(cells + 1, np.int64)
    _count(space.vertices, found, counts, offsets)
    rows = np.empty(offsets[-1], np.int32)
    _fill(space.vertices, found, counts, offsets, rows)
    return offsets, rows


@njit
def _edit_all(
    space: PackedSpace, start: int, stop: int, found: npt.NDArray[np.int32], counts: npt.NDArray[np.int64]
) -> None:
    """Write the rows that one edit of each cell gives, ascending and without the cell, and their number."""
    row_buffer = np.empty(found.shape[1] + 1, np.int32)
    for cell in range(start, stop):
        reached = _edit(space, cell, row_buffer)
        row_buffer[:reached].sort()
        count = 0
        for position in range(reached):
            row = row_buffer[position]
            if row != cell and row >= 0 and (count == 0 or found[cell, count - 1] != row):
                found[cell, count] = row
                count += 1
        counts[cell] = count


@njit
def _edit(space: PackedSpace, cell: int, reached: npt.NDArray[np.int32]) -> int:
    """Write the row after each edit of a cell, -1 for an edit that leads out of the space; return their number."""
    edges, labels = space.edges[cell], space.labels[cell]
    interior, last = space.vertices[cell] - 2, space.max_vertices - 1
    count = 0
    for vertex in range(1, interior + 1):
        for label in range(space.operations):
            if label != label_of(labels, vertex):
                reached[count] = row_of(space, edges, with_label(labels, vertex, label))
                count += 1
    for source in range(interior + 1):
        for position in range(source + 1, interior + 2):
            target = position if position <= interior else last
            reached[count] = row_of(space, edges ^ edge_bit(source, target), labels)
            count += 1
    # An edge that leads back needs another numbering of the vertices, if there is one without a cycle.
    for target in range(1, interior + 1):
        for source in range(target + 1, interior + 1):
            if not edges & edge_bit(target, source):
                reached[count] = _row_with_edge_back(space, edges, labels, source, target)
                count += 1
    return count


@njit
def _row_with_edge_back(space: PackedSpace, edges: int, labels: int, source: int, target: int) -> int:
    """Return the row of a cell with one more edge source→target, target < source; -1 where it closes a cycle."""
    leading = 1 << source
    for vertex in range(source, target, -1):
        if leading >> vertex & 1:
            leading |= sources_of(edges, vertex)
    if leading >> target & 1:
        return NOT_IN_SPACE
    place = _places_with_edge_back(space.max_vertices, leading, source, target)
    new_edges, new_labels = edge_bit(place[source], place[target]), 0
    for vertex in range(1, space.max_vertices):
        sources = sources_of(edges, vertex)
        for other in range(vertex):
            if sources >> other & 1:
                new_edges |= edge_bit(place[other], place[vertex])
        if vertex < space.max_vertices - 1:
            new_labels = with_label(new_labels, place[vertex], label_of(labels, vertex))
    return row_of(space, new_edges, new_labels)


@njit
def _places_with_edge_back(vertices: int, leading: int, source: int, target: int) -> npt.NDArray[np.int64]:
    """Return new numbers of the vertices under which an edge source→target leads forward.

    Only the vertices from target to source change places: those that lead to the source come first, in their order,
    then the others.
    """
    place = np.arange(vertices)
    following = target
    for wanted in (1, 0):
        for vertex in range(target, source + 1):
            if leading >> vertex & 1 == wanted:
                place[vertex] = following
                following += 1
    return place


@njit
def _count(
    vertices: npt.NDArray[np.uint8],
    found: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
) -> None:
    """Write the offsets: a cell's own edits, and those of larger cells that prune to it."""
    for cell in range(len(counts)):
        offsets[cell + 1] += counts[cell]
        for position in range(counts[cell]):
            smaller = found[cell, position]
            if vertices[smaller] < vertices[cell]:
                offsets[smaller + 1] += 1
    for cell in range(len(counts)):
        offsets[cell + 1] += offsets[cell]


@njit
def _fill(
    vertices: npt.NDArray[np.uint8],
    found: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int32],
) -> None:
    """Write the neighbours. A removal that prunes gives a smaller cell, and no edit of that leads back: no repeats."""
    end = offsets[:-1].copy()
    for cell in range(len(counts)):
        for position in range(counts[cell]):
            other = found[cell, position]
            rows[end[cell]] = other
            end[cell] += 1
            if vertices[other] < vertices[cell]:
                rows[end[other]] = cell
                end[other] += 1
    for cell in range(len(counts)):
        rows[offsets[cell] : offsets[cell + 1]].sort()
