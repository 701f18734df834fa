"""The compiled hash of cells. Needs numba; `one_graph` and `many_graphs` import this module when that pays.

A pack is one or two cells side by side in the 16 lanes of `md5_simd`, one vertex per lane. The first digest of a vertex
is that of `(out_degree, in_degree, label)`. Then every round of the refinement
1. writes every lane's digest as eight words of hex text;
2. sorts each cell's lanes by digest: comparing digests as big-endian numbers is comparing their hex text;
3. writes every lane's message from its neighbours' texts in that order;
4. runs MD5 over all lanes at once, and takes each lane's digest after the last block of its message.
There are as many rounds as a cell has vertices. Afterwards the message of the cell's first lane is the list of the
cell's digests, and the MD5 of this message is the hash. The digested bytes, and so the result, are those of the
original; only the order of the work differs. `one_graph.hash_with_hashlib` is the same in plain Python.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit
from nasbench_pytorch.space.hashing.md5_messages import (
    MESSAGE_WORDS,
    U32,
    U64,
    Lanes,
    Words,
    hex_word,
    list_message,
    neighbours_message,
    vertex_message,
)
from nasbench_pytorch.space.hashing.md5_simd import INITIAL_STATE, LANES, compress

Hashes = npt.NDArray[np.uint64]

PAIRED_VERTICES = LANES // 2
"""Largest number of vertices of a cell that shares a pack with another."""


class Pack(NamedTuple):
    """One or two cells; every array but `starts` has one entry per lane.

    Attributes:
        starts: shape (3,): lane of each cell's first vertex, then the end of the last cell.
        predecessors: bit u of lane v's entry is set where there is an edge u→v.
        successors: bit w of lane v's entry is set where there is an edge v→w.
        labels: label of each vertex.
    """

    starts: Lanes
    predecessors: Lanes
    successors: Lanes
    labels: Lanes


@njit
def _empty_pack() -> Pack:
    return Pack(
        np.zeros(3, dtype=np.int64),
        np.zeros(LANES, dtype=np.int64),
        np.zeros(LANES, dtype=np.int64),
        np.empty(LANES, dtype=np.int64),
    )


@njit
def _big_endian(low_word: np.uint32, high_word: np.uint32) -> np.uint64:
    """Return two words of a digest as a number that compares as their text does."""
    value = (U64(high_word) << U64(32)) | U64(low_word)
    value = ((value & U64(0x00FF00FF00FF00FF)) << U64(8)) | ((value >> U64(8)) & U64(0x00FF00FF00FF00FF))
    value = ((value & U64(0x0000FFFF0000FFFF)) << U64(16)) | ((value >> U64(16)) & U64(0x0000FFFF0000FFFF))
    swapped: np.uint64 = (value << U64(32)) | (value >> U64(32))
    return swapped


@njit
def _write_texts(digests: Words, lanes: int, text: Words, keys: Hashes) -> None:
    """Run step 1, and compute the numbers that step 2 compares."""
    for lane in range(lanes):
        for index in range(4):
            text[lane, 2 * index] = hex_word(digests[index, lane])
            text[lane, 2 * index + 1] = hex_word(digests[index, lane] >> U32(16))
        keys[lane, 0] = _big_endian(digests[0, lane], digests[1, lane])
        keys[lane, 1] = _big_endian(digests[2, lane], digests[3, lane])


@njit
def _sort_lanes(keys: Hashes, start: int, end: int, order: Lanes) -> None:
    """Run step 2 for one cell: insertion sort, the fastest for so few lanes."""
    for lane in range(start, end):
        position = lane
        while position > start:
            other = order[position - 1]
            same = keys[other, 0] == keys[lane, 0]
            if keys[other, 0] < keys[lane, 0] or (same and keys[other, 1] <= keys[lane, 1]):
                break
            order[position] = other
            position -= 1
        order[position] = lane


@njit
def _digest(message: Words, blocks: Lanes, lanes: int, state: Words, digests: Words) -> None:
    """Run step 4. Lanes with fewer blocks go on past their message, but their digest is taken before."""
    for index in range(4):
        state[index, :] = U32(INITIAL_STATE[index])
    for block in range(blocks[:lanes].max()):
        compress(state, message, block)
        for lane in range(lanes):
            if blocks[lane] == block + 1:
                for index in range(4):
                    digests[index, lane] = state[index, lane]


@njit
def _bit_count(bits: int) -> int:
    count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count


@njit
def _hash_pack(pack: Pack, cells: int, hashes: Hashes) -> None:
    """Hash the cells of one pack.

    Args:
        pack: the cells.
        cells: number of cells, 1 or 2.
        hashes: result, shape (cells, 2): upper and lower half of each hash as a number.
    """
    starts = pack.starts
    lanes = starts[cells]
    text, keys = np.empty((LANES, 8), dtype=np.uint32), np.empty((LANES, 2), dtype=np.uint64)
    order, blocks = np.empty(LANES, dtype=np.int64), np.zeros(LANES, dtype=np.int64)
    state, digests = np.empty((4, LANES), dtype=np.uint32), np.empty((4, LANES), dtype=np.uint32)
    message = np.empty((MESSAGE_WORDS, LANES), dtype=np.uint32)
    for lane in range(lanes):
        out_degree, in_degree = _bit_count(pack.successors[lane]), _bit_count(pack.predecessors[lane])
        blocks[lane] = vertex_message(message, lane, out_degree, in_degree, pack.labels[lane])
    _digest(message, blocks, lanes, state, digests)
    rounds = starts[1] if cells == 1 else max(starts[1], starts[2] - starts[1])
    for turn in range(rounds + 1):
        _write_texts(digests, lanes, text, keys)
        blocks[:] = 0
        for cell in range(cells):
            start, end = starts[cell], starts[cell + 1]
            _sort_lanes(keys, start, end, order)
            cell_order = order[start:end]
            if turn == end - start:
                blocks[start] = list_message(message, start, text, cell_order)
            elif turn < end - start:
                for lane in range(start, end):
                    predecessors, successors = pack.predecessors[lane], pack.successors[lane]
                    blocks[lane] = neighbours_message(message, lane, text, cell_order, predecessors, successors)
        _digest(message, blocks, lanes, state, digests)
        for cell in range(cells):
            lane = starts[cell]
            if turn == starts[cell + 1] - lane:
                hashes[cell, 0] = _big_endian(digests[0, lane], digests[1, lane])
                hashes[cell, 1] = _big_endian(digests[2, lane], digests[3, lane])


@njit
def hash_small(vertices: int, rows: int, labels: int) -> tuple[int, int]:
    """Hash one cell of at most 8 vertices.

    Args:
        vertices: number of vertices.
        rows: adjacency matrix: bit 8v + w is set where there is an edge v→w.
        labels: byte v is vertex v's label + 2.

    Returns:
        Upper and lower half of the hash as a number.
    """
    pack = _empty_pack()
    pack.starts[1] = vertices
    hashes = np.empty((1, 2), dtype=np.uint64)
    for vertex in range(vertices):
        pack.labels[vertex] = np.int64((U64(labels) >> U64(8 * vertex)) & U64(0xFF)) - 2
        pack.successors[vertex] = np.int64((U64(rows) >> U64(8 * vertex)) & U64(0xFF))
        for successor in range(vertex + 1, vertices):
            pack.predecessors[successor] |= (pack.successors[vertex] >> successor & 1) << vertex
    _hash_pack(pack, 1, hashes)
    return hashes[0, 0], hashes[0, 1]


@njit
def _add_cell(pack: Pack, cell: int, size: int, adjacency: np.uint64, operations: npt.NDArray[np.uint8]) -> None:
    """Put a cell of `size` vertices into the lanes behind the cells before it; the lanes have no edges yet."""
    start = pack.starts[cell]
    pack.starts[cell + 1] = start + size
    bit = U64(0)
    for destination in range(1, size):
        pack.labels[start + destination] = operations[destination - 1] if destination + 1 < size else -2
        for source in range(destination):
            if adjacency >> bit & U64(1):
                pack.predecessors[start + destination] |= 1 << (start + source)
                pack.successors[start + source] |= 1 << (start + destination)
            bit += U64(1)
    pack.labels[start] = -1


@njit
def hash_many(
    vertices: npt.NDArray[np.uint8],
    adjacency: npt.NDArray[np.uint64],
    operations: npt.NDArray[np.uint8],
    hashes: Hashes,
) -> None:
    """Hash N pruned cells of at most 11 vertices.

    Args:
        vertices: shape (N,): number of vertices of each cell.
        adjacency: shape (N,): bit u + w(w-1)/2 is set where there is an edge u→w.
        operations: shape (N, at least V-2): index of each interior vertex's operation.
        hashes: result, shape (N, 2): upper and lower half of each hash as a number.
    """
    pack = _empty_pack()
    first = 0
    while first < vertices.shape[0]:
        pair = first + 1 < vertices.shape[0] and max(vertices[first], vertices[first + 1]) <= PAIRED_VERTICES
        cells = 2 if pair else 1
        pack.predecessors[:] = 0
        pack.successors[:] = 0
        for cell in range(cells):
            row = first + cell
            _add_cell(pack, cell, np.int64(vertices[row]), adjacency[row], operations[row])
        _hash_pack(pack, cells, hashes[first : first + cells])
        first += cells
