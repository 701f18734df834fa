"""Read the cell of a usual record, and recognise the cell of the record before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.njit import njit

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.row_block import JsonNames
    from nasbench_pytorch.table.tfrecord.compiled.arrays import Bytes, CellArrays, Integers

SLOTS = 6
CELLS, MATRIX_ENTRIES, VERTICES, TEXT_START, TEXT_STOP, HASH_START = range(SLOTS)
"""Slots of the reader's state, an int64 array: how much of the cell arrays is filled (cells, entries of `adjacency`,
entries of `operations`), and the positions of the last cell's text and hash in the buffer. An empty text means that
the next record cannot be compared with the last one."""

_QUOTE, _COMMA, _SPACE, _ZERO = 34, 44, 32, 48


@njit
def is_last_cell(data: Bytes, hash_start: int, text_start: int, stop: int, state: Integers) -> bool:
    """Return whether the cell's text and hash are those of the last cell."""
    length = state[TEXT_STOP] - state[TEXT_START]
    return (
        length > 0
        and text_start + length < stop
        and _are_equal(data, text_start, state[TEXT_START], length)
        and _are_equal(data, hash_start, state[HASH_START], 32)
    )


@njit
def _are_equal(data: Bytes, first: int, second: int, length: int) -> bool:
    for i in range(length):  # noqa: SIM110 - numba compiles loops
        if data[first + i] != data[second + i]:
            return False
    return True


@njit
def read_cell(
    data: Bytes, position: int, stop: int, names: JsonNames, cells: CellArrays, state: Integers
) -> tuple[int, int]:
    """Read `adjacency", "operations"`; return the position behind it and the number of vertices, or −1 and 0."""
    digits = 0
    while position < stop and (data[position] == _ZERO or data[position] == _ZERO + 1):
        cells.adjacency[state[MATRIX_ENTRIES] + digits] = data[position] - _ZERO
        digits += 1
        position += 1
    if not (data[position] == _QUOTE and data[position + 1] == _COMMA and data[position + 2] == _SPACE):
        return -1, 0
    if data[position + 3] != _QUOTE:
        return -1, 0
    position += 4
    vertices = 0
    while True:
        code, position = _read_name(data, position, stop, names)
        if code < 0:
            return -1, 0
        cells.operations[state[VERTICES] + vertices] = code
        vertices += 1
        position += 1
        if data[position - 1] == _QUOTE:
            break
    if vertices * vertices != digits:
        return -1, 0
    return position, vertices


@njit
def _read_name(data: Bytes, position: int, stop: int, names: JsonNames) -> tuple[int, int]:
    """Return the code of the name at `position` and the position behind it; −1 if the name is unknown."""
    begin = 0
    for code in range(names.ends.shape[0]):
        length = names.ends[code] - begin
        same = position + length < stop
        for i in range(length if same else 0):
            if data[position + i] != names.text[begin + i]:
                same = False
                break
        if same and (data[position + length] == _COMMA or data[position + length] == _QUOTE):
            return code, position + length
        begin = names.ends[code]
    return -1, position


@njit
def read_hash(data: Bytes, start: int, hexes: Bytes, hashes: Bytes, cell: int) -> bool:
    """Read 32 hex digits; return whether they all are lower-case hex digits."""
    for i in range(16):
        high = hexes[data[start + 2 * i]]
        low = hexes[data[start + 1 + 2 * i]]
        if high | low > 15:
            return False
        hashes[cell, i] = high << 4 | low
    return True


@njit
def copy_last_cell(cells: CellArrays, state: Integers, parameters: int) -> None:
    """Add the last cell again, with another parameter count."""
    cell, entries, codes = state[CELLS], state[MATRIX_ENTRIES], state[VERTICES]
    size = cells.vertices[cell - 1]
    cells.hashes[cell] = cells.hashes[cell - 1]
    cells.adjacency[entries : entries + size * size] = cells.adjacency[entries - size * size : entries]
    cells.operations[codes : codes + size] = cells.operations[codes - size : codes]
    count_cell(cells, state, size, parameters)


@njit
def count_cell(cells: CellArrays, state: Integers, vertices: int, parameters: int) -> None:
    """Complete the cell whose hash, matrix and operations are written."""
    cells.vertices[state[CELLS]] = vertices
    cells.parameters[state[CELLS]] = parameters
    state[CELLS] += 1
    state[MATRIX_ENTRIES] += vertices * vertices
    state[VERTICES] += vertices
