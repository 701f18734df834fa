"""Steps of the pickle reader's loop: plain functions, which numba compiles into the loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pytorch.njit import compiled_within_loops
from nasbench_pytorch.table.layouts.pickles.memory import DICT, NEEDED, REGION_START, REGIONS, SHIFT, TEXT

if TYPE_CHECKING:
    import numpy.typing as npt

    from nasbench_pytorch.table.layouts.pickles.memory import Memory

NO_KEY = -2


@compiled_within_loops
def argument_bytes(code: int) -> int:
    """Return how many bytes of a number follow an instruction."""
    if code == 0x4B or code == 0x68 or code == 0x71 or code == 0x8C or code == 0x43 or code == 0x55:
        return 1
    if code == 0x47 or code == 0x8D or code == 0x8E or code == 0x95 or code == 0x96:
        return 8
    if code == 0x4A or code == 0x54 or code == 0x58 or code == 0x42 or code == 0x6A or code == 0x72:
        return 4
    if code == 0x4D:
        return 2
    return 1 if code == 0x80 or code == 0x8A else 0


@compiled_within_loops
def little_endian(data: npt.NDArray[np.uint8], start: int, size: int) -> Any:
    """Return the number of `size` bytes from `start` on, as an int64."""
    number = np.int64(0)
    for index in range(size):
        number |= np.int64(int(data[start + index])) << np.int64(8 * index)
    return number


@compiled_within_loops
def big_endian(data: npt.NDArray[np.uint8], start: int) -> Any:
    """Return the eight bytes from `start` on as an int64, the first byte uppermost."""
    bits = np.int64(0)
    for index in range(8):
        bits = (bits << np.int64(8)) | np.int64(int(data[start + index]))
    return bits


@compiled_within_loops
def node_of(number: int, nodes: int, regions: npt.NDArray[np.int64], state: npt.NDArray[np.int64]) -> int:
    """Return the node with a number of the memo; -1 if it was dropped."""
    found = number - int(state[SHIFT])
    if found >= int(state[REGION_START]) and found < nodes:
        return found
    for region in range(int(state[REGIONS])):
        if regions[region, 0] <= number and number < regions[region, 1]:
            return number - int(regions[region, 2])
    return -1


@compiled_within_loops
def number_of(node: int, regions: npt.NDArray[np.int64], state: npt.NDArray[np.int64]) -> int:
    """Return the number of a node in the memo."""
    if node < int(state[REGION_START]):
        for region in range(int(state[REGIONS])):
            shifted = node + int(regions[region, 2])
            if regions[region, 0] <= shifted and shifted < regions[region, 1]:
                return shifted
    return node + int(state[SHIFT])


@compiled_within_loops
def add_members(memory: Memory, holder: int, low: int, high: int, slot_count: int, state: npt.NDArray[np.int64]) -> int:
    """Add the nodes `stack[low:high]` to a container; return how many slots are used then, or -1 if there are too few.

    The room of a container at least doubles, so adding one by one takes linear time.
    """
    a, b, c, slots = memory.a, memory.b, memory.c, memory.slots
    count, used, room = high - low, int(b[holder]), int(c[holder])
    if used + count > room:
        wanted = count if used == 0 else max(2 * room, used + count)
        in_place = used > 0 and int(a[holder]) + room == slot_count
        more = wanted - room if in_place else wanted
        if slot_count + more > len(slots):
            state[NEEDED] = slot_count + more
            return -1
        if not in_place:
            start = int(a[holder])
            for index in range(used):
                slots[slot_count + index] = slots[start + index]
            a[holder] = slot_count
        c[holder] = wanted
        slot_count += more
    start = int(a[holder]) + used
    for index in range(count):
        slots[start + index] = memory.stack[low + index]
    b[holder] = used + count
    return slot_count


@compiled_within_loops
def key_above(memory: Memory, height: int, keys: npt.NDArray[np.uint8], key_ends: npt.NDArray[np.int64]) -> int:
    """Return which key the container on top of the stack stands under.

    Returns:
        The number of the key in `keys`, or `NO_KEY`. If there are no keys, -1 for the outermost container, and for the
        second of two dicts that will become a tuple; keys of a dict are no containers.
    """
    stack = memory.stack
    if len(key_ends) == 0:
        return -1 if height == 1 or (height == 2 and memory.kind[stack[0]] == DICT) else NO_KEY
    if height < 3 or memory.kind[stack[height - 2]] != TEXT or memory.kind[stack[0]] != DICT:
        return NO_KEY
    at, length, begin = int(memory.a[stack[height - 2]]), int(memory.b[stack[height - 2]]), 0
    for key in range(len(key_ends)):
        same = int(key_ends[key]) - begin == length
        if same:
            for index in range(length):
                same = same and memory.text[at + index] == keys[begin + index]
        if same:
            return key
        begin = int(key_ends[key])
    return NO_KEY
