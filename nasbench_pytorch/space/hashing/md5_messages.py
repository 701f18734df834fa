"""The texts that the hash digests, written into the lanes of `md5_simd`. Compiled; needs numba.

A message is a column of little-endian words of an array of shape (words, 16), written from front to back. The word
that holds the next position is zero from that position on; the words behind it may hold older data. Indices are
unsigned, which saves numba the check for negative ones.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit

MESSAGE_WORDS = 16 * 10
"""Words of ten blocks: a vertex with 15 neighbours needs 9, the list of 16 digests 10."""

U32, U64 = np.uint32, np.uint64
Words = npt.NDArray[np.uint32]
Lanes = npt.NDArray[np.int64]


@njit
def hex_word(two_bytes: int) -> np.uint32:
    """Return two bytes as four characters of lower-case hex."""
    value = U32(two_bytes)
    nibbles = ((value >> 4) & 0xF) | ((value & 0xF) << 8) | (((value >> 12) & 0xF) << 16) | (((value >> 8) & 0xF) << 24)
    letters = ((nibbles + 0x06060606) >> 4) & 0x01010101  # 1 in each byte whose nibble is a to f
    characters: np.uint32 = U32(nibbles + 0x30303030 + letters * 0x27)
    return characters


@njit
def begin(message: Words, lane: int) -> int:
    """Begin the message of a lane and return position 0."""
    message[U64(0), U64(lane)] = U32(0)
    return 0


@njit
def put(message: Words, lane: int, position: int, characters: int) -> None:
    """Write up to four characters at byte `position`."""
    row, column = U64(position >> 2), U64(lane)
    pending = U64(message[row, column]) | (U64(characters) << U64((position & 3) << 3))
    message[row, column] = U32(pending)
    message[row + U64(1), column] = U32(pending >> U64(32))


@njit
def put_digest(message: Words, lane: int, position: int, text: Words) -> int:
    """Write the 32 characters of a digest, eight words, and return the position after them."""
    row, column = U64(position >> 2), U64(lane)
    shift = U64((position & 3) << 3)
    pending = U64(message[row, column])
    for index in range(8):
        pending |= U64(text[U64(index)]) << shift
        message[row + U64(index), column] = U32(pending)
        pending >>= U64(32)
    message[row + U64(8), column] = U32(pending)
    return position + 32


@njit
def put_digests(message: Words, lane: int, position: int, text: Words, order: Lanes, chosen: int) -> int:
    """Write the digests of the lanes whose bit is set in `chosen`, in the order of `order`."""
    for index in range(order.shape[0]):
        if (chosen >> order[index]) & 1:
            position = put_digest(message, lane, position, text[order[index]])
    return position


@njit
def put_number(message: Words, lane: int, position: int, number: int) -> int:
    """Write a decimal number of at most four digits and a sign, and return the position after it."""
    if number < 0:
        put(message, lane, position, 0x2D)
        position += 1
        number = -number
    power = 1
    while power * 10 <= number:
        power *= 10
    while power:
        put(message, lane, position, 0x30 + number // power % 10)
        position += 1
        power //= 10
    return position


@njit
def pad(message: Words, lane: int, length: int) -> int:
    """Add the MD5 padding to a message of `length` bytes and return its number of blocks."""
    put(message, lane, length, 0x80)
    blocks = (length + 72) >> 6
    for row in range((length >> 2) + 1, 16 * blocks):
        message[U64(row), U64(lane)] = U32(0)
    message[U64(16 * blocks - 2), U64(lane)] = U32(8 * length)
    return blocks


@njit
def vertex_message(message: Words, lane: int, out_degree: int, in_degree: int, label: int) -> int:
    """Write `(out_degree, in_degree, label)` and return the number of blocks."""
    begin(message, lane)
    put(message, lane, 0, 0x28)
    position = put_number(message, lane, 1, out_degree)
    put(message, lane, position, 0x202C)
    position = put_number(message, lane, position + 2, in_degree)
    put(message, lane, position, 0x202C)
    position = put_number(message, lane, position + 2, label)
    put(message, lane, position, 0x29)
    return pad(message, lane, position + 1)


@njit
def neighbours_message(message: Words, lane: int, text: Words, order: Lanes, predecessors: int, successors: int) -> int:
    """Write predecessors' digests, `|`, successors' digests, `|`, the lane's digest; return the number of blocks."""
    position = put_digests(message, lane, begin(message, lane), text, order, predecessors)
    put(message, lane, position, 0x7C)
    position = put_digests(message, lane, position + 1, text, order, successors)
    put(message, lane, position, 0x7C)
    return pad(message, lane, put_digest(message, lane, position + 1, text[lane]))


@njit
def list_message(message: Words, lane: int, text: Words, order: Lanes) -> int:
    """Write the ordered digests as Python prints a list of strings, and return the number of blocks."""
    begin(message, lane)
    put(message, lane, 0, 0x275B)  # ['
    position = put_digest(message, lane, 2, text[order[0]])
    for index in range(1, order.shape[0]):
        put(message, lane, position, 0x27202C27)  # ', '
        position = put_digest(message, lane, position + 4, text[order[index]])
    put(message, lane, position, 0x5D27)  # ']
    return pad(message, lane, position + 2)
