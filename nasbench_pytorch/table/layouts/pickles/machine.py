"""The loop over a pickle's instructions: compiled for large files, plain Python for the first instructions of each.

The instructions are those of protocols 0 to 5 (`pickletools` documents them). Rare ones are left to `rare.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.njit import njit
from nasbench_pytorch.table.layouts.pickles.memory import (
    BOOL,
    BYTES,
    CALL,
    DICT,
    EMITTED,
    FLOAT,
    INT,
    LIST,
    LOST,
    MARKS,
    MEMO,
    NEEDED,
    NODES,
    NONE,
    POSITION,
    REGION_START,
    SET,
    SLOTS,
    STACK,
    STEPS,
    TAG,
    TEXT,
    TEXTS,
    TUPLE,
)
from nasbench_pytorch.table.layouts.pickles.steps import (
    add_members,
    argument_bytes,
    big_endian,
    key_above,
    little_endian,
    node_of,
    number_of,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from nasbench_pytorch.table.layouts.pickles.memory import Memory

(
    PAUSED, MORE_BYTES, MORE_NODES, MORE_SLOTS, MORE_TEXT, MORE_STACK, MORE_MARKS, MORE_MEMO, EMIT, STOPPED, RARE,
    EMPTY_STACK, WRONG_KIND, UNKNOWN_MEMO, DROPPED_MEMO, TOO_MANY,
) = range(16)  # fmt: skip
"""Why the loop returned. From EMPTY_STACK on, the pickle is damaged, or refers to a node that was dropped."""

_MOST_NODES = (1 << 31) - 8
_EMIT_AFTER = 100_000
"""Nodes after which members that were added one by one are handed over."""


@njit
def run(  # noqa: C901 - one loop, so that the interpreter and the compiler see the same one
    data: npt.NDArray[np.uint8],
    end: int,
    memory: Memory,
    state: npt.NDArray[np.int64],
    keys: npt.NDArray[np.uint8],
    key_ends: npt.NDArray[np.int64],
    limit: int,
) -> int:
    """Follow the instructions in `data` up to `end`; return why the loop stopped.

    An instruction is either followed entirely, or `state` and `memory` are as before it.

    Args:
        data: a window of the pickle.
        end: number of its bytes.
        memory: the arrays.
        state: see `memory.POSITION` and the following names.
        keys: keys of the outermost dict whose values are handed over part by part, concatenated; if there is none, the
            outermost container itself is.
        key_ends: where each key ends.
        limit: instructions to follow.
    """
    kind, a, b, c, _, text, stack, marks, memo, regions = memory
    position, nodes, height, mark_count = int(state[POSITION]), int(state[NODES]), int(state[STACK]), int(state[MARKS])
    texts, slot_count, reason = int(state[TEXTS]), int(state[SLOTS]), PAUSED
    floor = int(marks[mark_count - 1]) if mark_count > 0 else 0
    step = 0
    for step in range(limit):  # noqa: B007 - the number is needed behind the loop
        if position >= end:
            state[NEEDED], reason = 1, MORE_BYTES
            break
        if nodes + 4 > len(kind):
            state[NEEDED], reason = nodes + 4, MORE_NODES
            break
        if height + 2 > len(stack):
            state[NEEDED], reason = height + 2, MORE_STACK
            break
        code = int(data[position])
        size = argument_bytes(code)
        if position + 1 + size > end:
            state[NEEDED], reason = 1 + size, MORE_BYTES
            break
        argument = little_endian(data, position + 1, size)
        following = position + 1 + size
        target, low, high = -1, 0, 0  # a container that gets the nodes `stack[low:high]`
        new_height = height
        new = -1

        if code == 0x68 or code == 0x6A:  # BINGET, LONG_BINGET
            if argument < 0 or argument >= len(memo) or memo[argument] < 0:
                reason = UNKNOWN_MEMO
                break
            found = node_of(int(memo[argument]), nodes, regions, state)
            if found < 0:
                kind[nodes], new = LOST, nodes
            else:
                stack[height] = found
                new_height = height + 1
        elif code == 0x94 or code == 0x71 or code == 0x72:  # MEMOIZE, BINPUT, LONG_BINPUT
            place = int(state[MEMO]) if code == 0x94 else int(argument)
            if height <= floor:
                reason = EMPTY_STACK
                break
            if place < 0 or place >= len(memo):
                state[NEEDED], reason = place + 1, MORE_MEMO
                break
            number = number_of(int(stack[height - 1]), regions, state)
            if number > _MOST_NODES:
                reason = TOO_MANY
                break
            if memo[place] < 0:
                state[MEMO] += 1
            memo[place] = number
        elif code == 0x47:  # BINFLOAT
            kind[nodes], a[nodes], new = FLOAT, big_endian(data, position + 1), nodes
        elif code == 0x4B or code == 0x4D:  # BININT1, BININT2
            kind[nodes], a[nodes], new = INT, argument, nodes
        elif code == 0x4A:  # BININT
            kind[nodes], new = INT, nodes
            a[nodes] = argument - (np.int64(1) << np.int64(32)) if argument >= (1 << 31) else argument
        elif (
            code == 0x8C or code == 0x58 or code == 0x8D or code == 0x55 or code == 0x54  # texts
            or code == 0x43 or code == 0x42 or code == 0x8E or code == 0x96  # bytes
        ):  # fmt: skip
            length = int(argument)
            if length < 0 or (code == 0x54 and length >= (1 << 31)):
                reason = WRONG_KIND
                break
            if following + length > end:
                state[NEEDED], reason = 1 + size + length, MORE_BYTES
                break
            if texts + length > len(text):
                state[NEEDED], reason = texts + length, MORE_TEXT
                break
            text[texts : texts + length] = data[following : following + length]
            is_text = code == 0x8C or code == 0x58 or code == 0x8D or code == 0x55 or code == 0x54
            kind[nodes] = TEXT if is_text else BYTES
            a[nodes], b[nodes], new = texts, length, nodes
            texts += length
            following += length
        elif code == 0x28:  # MARK
            if mark_count >= len(marks):
                state[NEEDED], reason = mark_count + 1, MORE_MARKS
                break
            marks[mark_count] = floor = height
            mark_count += 1
        elif code == 0x75 or code == 0x65 or code == 0x90:  # SETITEMS, APPENDS, ADDITEMS
            if mark_count == 0 or floor == 0:
                reason = EMPTY_STACK
                break
            target, low, high, new_height = int(stack[floor - 1]), floor, height, floor
        elif code == 0x73:  # SETITEM
            if height < floor + 3:
                reason = EMPTY_STACK
                break
            target, low, high, new_height = int(stack[height - 3]), height - 2, height, height - 2
        elif code == 0x61:  # APPEND
            if height < floor + 2:
                reason = EMPTY_STACK
                break
            target, low, high, new_height = int(stack[height - 2]), height - 1, height, height - 1
        elif code == 0x7D or code == 0x5D or code == 0x29 or code == 0x8F:  # EMPTY_DICT, _LIST, _TUPLE, _SET
            kind[nodes] = DICT if code == 0x7D else LIST if code == 0x5D else TUPLE if code == 0x29 else SET
            a[nodes] = b[nodes] = c[nodes] = 0
            new = nodes
        elif code == 0x85 or code == 0x86 or code == 0x87:  # TUPLE1, TUPLE2, TUPLE3
            count = code - 0x84
            if height < floor + count:
                reason = EMPTY_STACK
                break
            kind[nodes] = TUPLE
            a[nodes] = b[nodes] = c[nodes] = 0
            target, low, high, new_height, new = nodes, height - count, height, height - count, nodes
        elif code == 0x74 or code == 0x6C or code == 0x64 or code == 0x91:  # TUPLE, LIST, DICT, FROZENSET
            if mark_count == 0:
                reason = EMPTY_STACK
                break
            kind[nodes] = TUPLE if code == 0x74 else LIST if code == 0x6C else DICT if code == 0x64 else SET
            a[nodes] = b[nodes] = c[nodes] = 0
            target, low, high, new_height, new = nodes, floor, height, floor, nodes
        elif code == 0x52 or code == 0x81:  # REDUCE, NEWOBJ
            if height < floor + 2:
                reason = EMPTY_STACK
                break
            kind[nodes], a[nodes], b[nodes], c[nodes] = CALL, stack[height - 2], stack[height - 1], -1
            kind[nodes + 1] = LIST
            a[nodes + 1] = b[nodes + 1] = c[nodes + 1] = 0
            if kind[b[nodes]] != TUPLE:
                reason = DROPPED_MEMO if kind[b[nodes]] == LOST else WRONG_KIND
                break
            new_height, new = height - 2, nodes
        elif code == 0x62:  # BUILD
            if height < floor + 2:
                reason = EMPTY_STACK
                break
            built = int(stack[height - 2])
            if kind[built] != CALL:
                reason = DROPPED_MEMO if kind[built] == LOST else WRONG_KIND
                break
            c[built], new_height = stack[height - 1], height - 1
        elif code == 0x4E:  # NONE
            kind[nodes], new = NONE, nodes
        elif code == 0x88 or code == 0x89:  # NEWTRUE, NEWFALSE
            kind[nodes], a[nodes], new = BOOL, 0x89 - code, nodes
        elif code == 0x8A and argument <= 8:  # LONG1
            length = int(argument)
            if following + length > end:
                state[NEEDED], reason = 2 + length, MORE_BYTES
                break
            value = little_endian(data, following, length)
            if 0 < length < 8 and int(data[following + length - 1]) >= 128:
                value -= np.int64(1) << np.int64(8 * length)
            kind[nodes], a[nodes], new = INT, value, nodes
            following += length
        elif code == 0x80 or code == 0x95:  # PROTO, FRAME
            if code == 0x80 and argument > 5:
                reason = WRONG_KIND
                break
        elif code == 0x2E:  # STOP
            if height != 1 or mark_count != 0:
                reason = EMPTY_STACK
                break
            position, reason = following, STOPPED
            break
        else:
            reason = RARE
            break

        if target >= 0:
            what = int(kind[target])
            if new < 0:
                adds_pairs = code == 0x75 or code == 0x73
                adds_members = code == 0x65 or code == 0x61
                fits = what == CALL or (what == DICT if adds_pairs else what == LIST if adds_members else what == SET)
                if not fits or (adds_pairs and (high - low) % 2 != 0):
                    reason = DROPPED_MEMO if what == LOST else WRONG_KIND
                    break
            elif code == 0x64 and (high - low) % 2 != 0:
                reason = WRONG_KIND
                break
            slot_count = add_members(memory, target + 1 if what == CALL else target, low, high, slot_count, state)
            if slot_count < 0:
                slot_count, reason = int(state[SLOTS]), MORE_SLOTS
                break
            state[SLOTS] = slot_count
        if (
            code == 0x75
            or code == 0x65
            or code == 0x90
            or (code == 0x74 or code == 0x6C or code == 0x64 or code == 0x91)
        ):
            mark_count -= 1
            floor = int(marks[mark_count - 1]) if mark_count > 0 else 0
        if new >= 0:
            stack[new_height] = new
            new_height += 1
            nodes += 2 if kind[new] == CALL else 1
        height = new_height
        position = following

        if target >= 0 and new < 0 and stack[height - 1] == target:
            tag = key_above(memory, height, keys, key_ends)
            one_by_one = code == 0x73 or code == 0x61
            if tag >= -1 and (not one_by_one or nodes - int(state[REGION_START]) > _EMIT_AFTER):
                state[EMITTED], state[TAG], reason = target, tag, EMIT
                break
    state[POSITION], state[NODES], state[STACK], state[MARKS] = position, nodes, height, mark_count
    state[TEXTS], state[SLOTS] = texts, slot_count
    state[STEPS] += step + 1
    return reason
