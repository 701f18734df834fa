"""The memory of the pickle reader: nodes, slots, texts, stack and memo, as arrays that grow.

A pickle is a program for a stack machine. The reader follows the program, but where the program calls a function, the
reader writes down that it is called. What the machine would build is described by nodes:

| kind | a | b | c |
|---|---|---|---|
| NONE | | | |
| BOOL, INT | the value | | |
| FLOAT | bits of the double | | |
| BIG, DECIMAL | where its digits begin in `text` | their number | |
| TEXT, BYTES | where it begins in `text` | bytes | |
| TUPLE, LIST, DICT, SET | where its members begin in `slots` | members | room |
| GLOBAL | node of the module's name | node of the object's name | |
| CALL | node of the function | node of the arguments | node of the state, or -1 |
| LOST | | | |

The members of a dict are its keys and values in turn. A CALL is followed by a LIST of the members that were added to
its result. LOST stands for an object of an earlier part that was dropped.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

NONE, BOOL, INT, FLOAT, BIG, DECIMAL, TEXT, BYTES, TUPLE, LIST, DICT, SET, GLOBAL, CALL, LOST = range(15)

POSITION, NODES, SLOTS, TEXTS, STACK, MARKS, MEMO, NEEDED, SHIFT, REGIONS, REGION_START, EMITTED, TAG, STEPS = range(14)
"""Entries of `state`: byte within the window; how much of each array is used; how much an array needs; memo number of
the current region's first node, less its index; kept regions; first node of the current region; container that is
handed over, and the number of the key that it stands under (-1 for the whole pickle); instructions followed."""
STATE_SIZE = 14
MOST_REGIONS = 16


class Memory(NamedTuple):
    """The arrays of the reader.

    Attributes:
        kind: kind of each node.
        a: see the module's table.
        b: see the module's table.
        c: see the module's table.
        slots: nodes of the members of containers.
        text: bytes of all texts.
        stack: nodes.
        marks: heights of the stack.
        memo: number of each memorised node, -1 for none. Nodes that were dropped never give their number to others.
        regions: kept regions of nodes: first number, end of the numbers, and number less index; shape (16, 3).
    """

    kind: npt.NDArray[np.uint8]
    a: npt.NDArray[np.int64]
    b: npt.NDArray[np.int64]
    c: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int32]
    text: npt.NDArray[np.uint8]
    stack: npt.NDArray[np.int32]
    marks: npt.NDArray[np.int32]
    memo: npt.NDArray[np.int32]
    regions: npt.NDArray[np.int64]

    def size_bytes(self) -> int:
        """Return the bytes of all arrays."""
        return sum(array.nbytes for array in self)


def new_memory() -> Memory:
    """Return small arrays."""
    return Memory(
        np.zeros(1 << 12, np.uint8),
        np.zeros(1 << 12, np.int64),
        np.zeros(1 << 12, np.int64),
        np.zeros(1 << 12, np.int64),
        np.zeros(1 << 12, np.int32),
        np.zeros(1 << 14, np.uint8),
        np.zeros(1 << 10, np.int32),
        np.zeros(1 << 8, np.int32),
        np.full(1 << 12, -1, np.int32),
        np.zeros((MOST_REGIONS, 3), np.int64),
    )


def grown(memory: Memory, name: str, needed: int) -> Memory:
    """Return the memory with room for at least `needed` entries in one array; `kind` stands for `kind` to `c`."""
    names = ("kind", "a", "b", "c") if name == "kind" else (name,)
    size = max(needed, len(getattr(memory, name)) * 3 // 2)
    return memory._replace(**{part: _resized(getattr(memory, part), size, name == "memo") for part in names})


def _resized(array: npt.NDArray[Any], size: int, with_minus_one: bool) -> npt.NDArray[Any]:
    before = len(array)
    # The system moves pages instead of copying them, and pages that were never written take no memory.
    array.resize(size, refcheck=False)
    if with_minus_one:
        array[before:] = -1
    return array
