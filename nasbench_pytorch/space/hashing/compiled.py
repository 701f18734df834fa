"""The hash of cells, compiled. Needs numba; `hashing` and `batch_hashing` import it when that pays.

A pack is one or two cells side by side in the 16 lanes of `md5_lanes`, each vertex a lane. After the first digest,
of `(out_degree, in_degree, label)`, a round of the refinement is:
1. write every lane's digest as eight words of hex text;
2. order each cell's lanes by digest: comparing digests as big-endian numbers is comparing their hex text;
3. write every lane's message from its neighbours' texts in that order;
4. run MD5 over all lanes at once, each keeping the state after its own last block.
After as many rounds as a cell has vertices, the message of its first lane is the list of its digests, and what
MD5 makes of that is the hash. The bytes digested are those of the original, so the result is the original's; only
which of them are digested at the same time differs. `hashing.hash_with_hashlib` is the same in plain Python.
"""

from __future__ import annotations

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
"""Two cells share a pack where both have at most so many vertices."""


@njit
def _big_endian(low_word: np.uint32, high_word: np.uint32) -> np.uint64:
    """Two words of a digest as a number that compares as their text does."""
    value = (U64(high_word) << U64(32)) | U64(low_word)
    value = ((value & U64(0x00FF00FF00FF00FF)) << U64(8)) | ((value >> U64(8)) & U64(0x00FF00FF00FF00FF))
    value = ((value & U64(0x0000FFFF0000FFFF)) << U64(16)) | ((value >> U64(16)) & U64(0x0000FFFF0000FFFF))
    return (value << U64(32)) | (value >> U64(32))


@njit
def _read(digests: Words, lanes: int, text: Words, keys: Hashes) -> None:
    """Step 1, and the numbers that step 2 compares."""
    for lane in range(lanes):
        for index in range(4):
            text[lane, 2 * index] = hex_word(digests[index, lane])
            text[lane, 2 * index + 1] = hex_word(digests[index, lane] >> U32(16))
        keys[lane, 0] = _big_endian(digests[0, lane], digests[1, lane])
        keys[lane, 1] = _big_endian(digests[2, lane], digests[3, lane])


@njit
def _order(keys: Hashes, start: int, end: int, order: Lanes) -> None:
    """Step 2 for one cell: insertion sort, the fastest for so few."""
    for lane in range(start, end):
        place = lane
        while place > start:
            other = order[place - 1]
            same = keys[other, 0] == keys[lane, 0]
            if keys[other, 0] < keys[lane, 0] or (same and keys[other, 1] <= keys[lane, 1]):
                break
            order[place] = other
            place -= 1
        order[place] = lane


@njit
def _digest(message: Words, blocks: Lanes, lanes: int, state: Words, digests: Words) -> None:
    """Step 4: lanes of fewer blocks run on into what follows their message, but their digest is taken before."""
    for index in range(4):
        state[index, :] = U32(INITIAL_STATE[index])
    for block in range(blocks[:lanes].max()):
        compress(state, message, block)  # type: ignore[call-arg]
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
def _hash_pack(
    starts: Lanes, cells: int, predecessors: Lanes, successors: Lanes, labels: Lanes, hashes: Hashes
) -> None:
    """Hash the cells of one pack.

    Args:
        starts: the lane of each cell's first vertex, then the end of the last cell.
        cells: how many cells there are, 1 or 2.
        predecessors: bit u of lane v's entry is set where there is an edge u→v.
        successors: bit w of lane v's entry is set where there is an edge v→w.
        labels: each lane's label.
        hashes: the result, shape (cells, 2): upper and lower half of the hash as a number.
    """
    lanes = starts[cells]
    text, keys = np.empty((LANES, 8), dtype=np.uint32), np.empty((LANES, 2), dtype=np.uint64)
    order, blocks = np.empty(LANES, dtype=np.int64), np.zeros(LANES, dtype=np.int64)
    state, digests = np.empty((4, LANES), dtype=np.uint32), np.empty((4, LANES), dtype=np.uint32)
    message = np.empty((MESSAGE_WORDS, LANES), dtype=np.uint32)
    for lane in range(lanes):
        degrees = _bit_count(successors[lane]), _bit_count(predecessors[lane])
        blocks[lane] = vertex_message(message, lane, degrees[0], degrees[1], labels[lane])
    _digest(message, blocks, lanes, state, digests)
    rounds = starts[1] if cells == 1 else max(starts[1], starts[2] - starts[1])
    for turn in range(rounds + 1):
        _read(digests, lanes, text, keys)
        blocks[:] = 0
        for cell in range(cells):
            start, end = starts[cell], starts[cell + 1]
            _order(keys, start, end, order)
            own_order = order[start:end]
            if turn == end - start:
                blocks[start] = list_message(message, start, text, own_order)
            elif turn < end - start:
                for lane in range(start, end):
                    ins, outs = predecessors[lane], successors[lane]
                    blocks[lane] = neighbours_message(message, lane, text, own_order, ins, outs)
        _digest(message, blocks, lanes, state, digests)
        for cell in range(cells):
            lane = starts[cell]
            if turn == starts[cell + 1] - lane:
                hashes[cell, 0] = _big_endian(digests[0, lane], digests[1, lane])
                hashes[cell, 1] = _big_endian(digests[2, lane], digests[3, lane])


@njit
def hash_small(vertices: int, rows: int, labels: int) -> tuple[int, int]:
    """Hash of one cell of at most 8 vertices.

    Args:
        vertices: how many.
        rows: the adjacency matrix: bit 8v + w is set where there is an edge v→w.
        labels: byte v is vertex v's label + 2.

    Returns:
        Upper and lower half of the hash as a number.
    """
    starts = np.array([0, vertices])
    predecessors, successors = np.zeros(LANES, dtype=np.int64), np.zeros(LANES, dtype=np.int64)
    own_labels = np.empty(LANES, dtype=np.int64)
    hashes = np.empty((1, 2), dtype=np.uint64)
    for vertex in range(vertices):
        own_labels[vertex] = np.int64((U64(labels) >> U64(8 * vertex)) & U64(0xFF)) - 2
        successors[vertex] = np.int64((U64(rows) >> U64(8 * vertex)) & U64(0xFF))
        for successor in range(vertex + 1, vertices):
            predecessors[successor] |= (successors[vertex] >> successor & 1) << vertex
    _hash_pack(starts, 1, predecessors, successors, own_labels, hashes)
    return hashes[0, 0], hashes[0, 1]


@njit
def hash_many(
    vertices: npt.NDArray[np.uint8],
    adjacency: npt.NDArray[np.uint64],
    operations: npt.NDArray[np.uint8],
    hashes: Hashes,
) -> None:
    """Hashes of N pruned cells of at most 11 vertices.

    Args:
        vertices: shape (N,): how many vertices each cell has.
        adjacency: shape (N,): bit u + w(w-1)/2 is set where there is an edge u→w.
        operations: shape (N, at least V-2): the index of each interior vertex's operation.
        hashes: result, shape (N, 2): upper and lower half of each hash as a number.
    """
    starts = np.zeros(3, dtype=np.int64)
    predecessors, successors = np.zeros(LANES, dtype=np.int64), np.zeros(LANES, dtype=np.int64)
    labels = np.empty(LANES, dtype=np.int64)
    first = 0
    while first < vertices.shape[0]:
        pair = first + 1 < vertices.shape[0] and max(vertices[first], vertices[first + 1]) <= PAIRED_VERTICES
        cells = 2 if pair else 1
        predecessors[:] = 0
        successors[:] = 0
        for cell in range(cells):
            start, size = starts[cell], np.int64(vertices[first + cell])
            starts[cell + 1] = start + size
            bit = U64(0)
            for destination in range(1, size):
                labels[start + destination] = (
                    operations[first + cell, destination - 1] if destination + 1 < size else -2
                )
                for source in range(destination):
                    if adjacency[first + cell] >> bit & U64(1):
                        predecessors[start + destination] |= 1 << (start + source)
                        successors[start + source] |= 1 << (start + destination)
                    bit += U64(1)
            labels[start] = -1
        _hash_pack(starts, cells, predecessors, successors, labels, hashes[first : first + cells])
        first += cells
