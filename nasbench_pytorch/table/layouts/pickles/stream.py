"""Read a pickle part by part, in bounded memory, as a description of what it would build."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.pickles import machine
from nasbench_pytorch.table.layouts.pickles.allowed import PLAIN
from nasbench_pytorch.table.layouts.pickles.dropped import DroppedNodeError
from nasbench_pytorch.table.layouts.pickles.memory import (
    CALL,
    DICT,
    EMITTED,
    LOST,
    MARKS,
    MEMO,
    MOST_REGIONS,
    NEEDED,
    NODES,
    POSITION,
    REGION_START,
    REGIONS,
    SHIFT,
    SLOTS,
    STACK,
    STATE_SIZE,
    STEPS,
    TAG,
    TEXT,
    TEXTS,
    grown,
    new_memory,
)
from nasbench_pytorch.table.layouts.pickles.rare import follow_rare
from nasbench_pytorch.table.layouts.pickles.steps import node_of, number_of

if TYPE_CHECKING:
    from typing import BinaryIO

    from nasbench_pytorch.progress import Progress

_WINDOW_BYTES = 1 << 22
_LONGEST_BYTES = 1 << 28
"""Longest text or array of a pickle, 256 MiB: eight bytes for each of 33 million rows."""
_MOST_MEMORY_BYTES = 3 << 29
_NODE_BYTES = 25
_PLAIN_STEPS = 200_000
"""Instructions that plain Python follows before compiled code takes over, which takes seconds to compile."""
_COMPILED_STEPS = 1 << 22
_GROWTH = {
    machine.MORE_NODES: "kind",
    machine.MORE_SLOTS: "slots",
    machine.MORE_TEXT: "text",
    machine.MORE_STACK: "stack",
    machine.MORE_MARKS: "marks",
    machine.MORE_MEMO: "memo",
}
_DAMAGE = {
    machine.EMPTY_STACK: "an instruction lacks its operands",
    machine.WRONG_KIND: "an instruction has operands of a wrong kind",
    machine.UNKNOWN_MEMO: "it refers to an object that it has not made",
    machine.TOO_MANY: "too many objects",
}


class Part(NamedTuple):
    """Some members of a container.

    Attributes:
        key: number of the key that the container stands under; -1 for the outermost container.
        container: its node.
    """

    key: int
    container: int


class PickleStream:
    """Reader of one pickle.

    Attributes:
        where: the file, for messages.
        allowed: names that the pickle may mention.
        memory: description of the objects read so far.
        state: how much of `memory` is used; see `memory.POSITION`.

    Args:
        source: the pickle.
        where: the file, for messages.
        keys: keys of the outermost dict whose values are handed over part by part; none for the outermost container.
        allowed: names that the pickle may mention.
        keep_all: keep the objects of all parts; takes more memory.
        progress: called with the bytes read and `size_bytes`.
        size_bytes: size of the pickle.
    """

    def __init__(
        self,
        source: BinaryIO,
        where: str,
        *,
        keys: Sequence[str] = (),
        allowed: frozenset[tuple[str, str]] = PLAIN,
        keep_all: bool = False,
        progress: Progress | None = None,
        size_bytes: int = 0,
    ) -> None:
        self._source, self.where, self.allowed, self._keep_all = source, where, allowed, keep_all
        self._progress, self._size_bytes = progress, size_bytes
        self.memory = new_memory()
        self.state = np.zeros(STATE_SIZE, np.int64)
        encoded = [key.encode() for key in keys]
        self._keys = np.frombuffer(b"".join(encoded) or b" ", np.uint8)
        self._key_ends = np.cumsum([len(key) for key in encoded], dtype=np.int64)
        self._data = np.empty(0, np.uint8)
        self._before = 0  # bytes of the pickle before the window
        self._kept = (0, 0)  # slots and text bytes that are never dropped
        self._region_of = -1  # container whose parts the current region holds

    # Reading

    def parts(self) -> Iterator[Part]:
        """Yield the members of the containers part by part; a part's nodes are valid until the next one.

        Raises:
            InputError: the pickle is damaged, cut short, mentions a name that is not allowed, or is too large.
            DroppedNodeError: it must be read with `keep_all`.
        """
        seen: dict[int, int] = {}
        while (reason := self._run()) != machine.STOPPED:
            assert reason == machine.EMIT
            container = int(self.state[EMITTED])
            seen[container] = int(self.state[TAG])
            yield Part(seen[container], container)
            self._drop(container)
        self._check_end()
        yield from (Part(key, container) for container, key in (seen or self._found_containers()).items())

    def read_whole(self) -> int:
        """Read all of the pickle and return its outermost node.

        Raises:
            InputError: as for `parts`.
        """
        while self._run() != machine.STOPPED:
            pass
        self._check_end()
        return int(self.memory.stack[0])

    def peek(self, steps: int) -> npt.NDArray[np.int32]:
        """Follow some instructions and return the stack: the objects that are finished, outermost first.

        Raises:
            InputError: the pickle mentions a name that is not allowed, or is damaged near its beginning.
        """
        self._run(steps)
        return self.memory.stack[: int(self.state[STACK])]

    def _run(self, steps: int | None = None) -> int:
        """Follow instructions until a part is complete, the pickle ends, or `steps` instructions are done."""
        while True:
            left = _PLAIN_STEPS - int(self.state[STEPS])
            compiled = left <= 0
            limit = min(steps or _COMPILED_STEPS, _COMPILED_STEPS if compiled else left)
            loop: Any = machine.run if compiled else getattr(machine.run, "py_func", machine.run)
            arguments = (self._data, len(self._data), self.memory, self.state, self._keys, self._key_ends, limit)
            reason = int(loop(*arguments))
            if reason == machine.PAUSED:
                if steps is not None:
                    return reason
            elif reason == machine.MORE_BYTES:
                self._fill(int(self.state[NEEDED]))
            elif reason in _GROWTH:
                self._grow(_GROWTH[reason], int(self.state[NEEDED]))
            elif reason == machine.RARE:
                follow_rare(self, int(self._data[self.state[POSITION]]))
            elif reason == machine.DROPPED_MEMO:
                raise DroppedNodeError
            elif reason in _DAMAGE:
                raise self.damaged(_DAMAGE[reason])
            else:
                return reason

    def _fill(self, needed: int) -> None:
        """Move the window so that at least `needed` bytes from the position on are in it."""
        if needed > _LONGEST_BYTES:
            raise InputError(f"{self.where}: a text of {needed:,} bytes; a table's pickle has none so long")
        position = int(self.state[POSITION])
        rest = self._data[position:]
        data = np.empty(max(needed, _WINDOW_BYTES), np.uint8)
        data[: len(rest)] = rest
        view, size = memoryview(cast("Any", data)), len(rest)
        while size < len(data):
            count = cast("Any", self._source).readinto(view[size:])
            if not count:
                break
            size += count
        self._before += position
        self._data = data[:size]
        self.state[POSITION] = 0
        if size < needed:
            raise self.damaged("the file is cut short")
        if self._progress is not None and self._size_bytes:
            self._progress(min(self._before, self._size_bytes), self._size_bytes)

    def _grow(self, name: str, needed: int) -> None:
        if name == "memo" and needed > self._before + len(self._data):
            raise self.damaged("a memo number beyond the number of objects")
        entry_bytes = _NODE_BYTES if name == "kind" else getattr(self.memory, name).itemsize
        if self.memory.size_bytes() + needed * entry_bytes > _MOST_MEMORY_BYTES:
            raise InputError(
                f"{self.where}: its objects take more than {_MOST_MEMORY_BYTES >> 20:,} MiB; this is no table of "
                "NAS-Bench-101"
            )
        self.memory = grown(self.memory, name, needed)

    def _drop(self, container: int) -> None:
        """Forget the members of a container, and the nodes made since its last part."""
        state, memory = self.state, self.memory
        holder = container + int(memory.kind[container] == CALL)
        memory.a[holder] = memory.b[holder] = memory.c[holder] = 0
        if self._keep_all:
            return
        start, end, shift = int(state[REGION_START]), int(state[NODES]), int(state[SHIFT])
        if container == self._region_of:
            state[SHIFT], state[NODES] = shift + end - start, start
            state[SLOTS], state[TEXTS] = self._kept
            return
        # What the first part made is kept: later parts refer to its keys and types.
        if state[REGIONS] == MOST_REGIONS:
            raise InputError(f"{self.where}: more than {MOST_REGIONS} parts, which no table has")
        memory.regions[state[REGIONS]] = (start + shift, end + shift, shift)
        state[REGIONS] += 1
        state[REGION_START] = end
        self._kept, self._region_of = (int(state[SLOTS]), int(state[TEXTS])), container

    def _check_end(self) -> None:
        if int(self.state[POSITION]) < len(self._data) or self._source.read(1):
            raise self.damaged("there are bytes behind the end of the pickle")

    def _found_containers(self) -> dict[int, int]:
        """Return the containers that were handed over in no part, because they were made in one instruction."""
        root = int(self.memory.stack[0])
        if not len(self._key_ends):
            return {root: -1}
        if self.memory.kind[root] != DICT:
            return {}
        start = int(self.memory.a[root])
        members = self.memory.slots[start : start + int(self.memory.b[root])].tolist()
        ends = [0, *self._key_ends.tolist()]
        keys = [self._keys[a:b].tobytes() for a, b in itertools.pairwise(ends)]
        named = {
            self.raw(key).tobytes(): value
            for key, value in zip(members[::2], members[1::2], strict=True)
            if self.memory.kind[key] == TEXT
        }
        return {named[key]: number for number, key in enumerate(keys) if key in named}

    # The machine's parts, for rare instructions

    def damaged(self, reason: str) -> InputError:
        """Return the error for a damage at the position."""
        place = self._before + int(self.state[POSITION])
        return InputError(f"{self.where}: damaged at byte {place:,} of the pickle: {reason}; get the file again")

    def ahead(self, count: int) -> bytes:
        """Return the next bytes."""
        position = int(self.state[POSITION])
        if position + count > len(self._data):
            self._fill(count)
            position = 0
        return self._data[position : position + count].tobytes()

    def advance(self, count: int) -> None:
        """Move the position."""
        self.state[POSITION] += count

    def take_line(self, longest: int, skipped: int = 1) -> bytes:
        """Return the rest of the line, without its first `skipped` bytes and its end, and move behind it."""
        size = 256
        while True:
            position = int(self.state[POSITION])
            found = self._data[position : position + size].tobytes().find(b"\n", skipped)
            if found >= 0:
                self.state[POSITION] += found + 1
                return self._data[position + skipped : position + found].tobytes()
            if size > longest:
                raise self.damaged("a line without an end")
            if position + size >= len(self._data):
                self._fill(len(self._data) - position + 1)
            size *= 4

    def floor(self) -> int:
        """Return the height of the uppermost mark."""
        marks = int(self.state[MARKS])
        return int(self.memory.marks[marks - 1]) if marks else 0

    def top(self, count: int) -> list[int]:
        """Return the uppermost nodes of the stack."""
        height = int(self.state[STACK])
        if height - count < self.floor():
            raise self.damaged(_DAMAGE[machine.EMPTY_STACK])
        nodes: list[int] = self.memory.stack[height - count : height].tolist()
        return nodes

    def pop_to_mark(self) -> npt.NDArray[np.int32]:
        """Remove and return the nodes above the uppermost mark, and the mark."""
        if not self.state[MARKS]:
            raise self.damaged(_DAMAGE[machine.EMPTY_STACK])
        floor, height = self.floor(), int(self.state[STACK])
        self.state[STACK] = floor
        self.state[MARKS] -= 1
        nodes: npt.NDArray[np.int32] = self.memory.stack[floor:height].copy()
        return nodes

    def push(self, node: int) -> None:
        """Put a node on the stack; the loop has made room for it."""
        self.memory.stack[self.state[STACK]] = node
        self.state[STACK] += 1

    def new_node(self, kind: int, a: int = 0, b: int = 0) -> int:
        """Make a node; the loop has made room for four."""
        node = int(self.state[NODES])
        self.memory.kind[node], self.memory.a[node], self.memory.b[node], self.memory.c[node] = kind, a, b, 0
        self.state[NODES] += 1
        return node

    def new_text(self, kind: int, content: bytes) -> int:
        """Make a node with a text."""
        start = int(self.state[TEXTS])
        if start + len(content) > len(self.memory.text):
            self._grow("text", start + len(content))
        self.memory.text[start : start + len(content)] = np.frombuffer(content, np.uint8)
        self.state[TEXTS] += len(content)
        return self.new_node(kind, start, len(content))

    def new_container(self, kind: int, members: npt.NDArray[np.int32]) -> int:
        """Make a container with some members."""
        start = int(self.state[SLOTS])
        if start + len(members) > len(self.memory.slots):
            self._grow("slots", start + len(members))
        self.memory.slots[start : start + len(members)] = members
        self.state[SLOTS] += len(members)
        node = self.new_node(kind, start, len(members))
        self.memory.c[node] = len(members)
        return node

    def recall(self, place: int) -> int:
        """Return a memorised node."""
        if place >= len(self.memory.memo) or self.memory.memo[place] < 0:
            raise self.damaged(_DAMAGE[machine.UNKNOWN_MEMO])
        node = node_of(int(self.memory.memo[place]), int(self.state[NODES]), self.memory.regions, self.state)
        return self.new_node(LOST) if node < 0 else node

    def memorise(self, place: int, node: int) -> None:
        """Memorise a node."""
        if place >= len(self.memory.memo):
            self._grow("memo", place + 1)
        if self.memory.memo[place] < 0:
            self.state[MEMO] += 1
        self.memory.memo[place] = number_of(node, self.memory.regions, self.state)

    def raw(self, node: int) -> npt.NDArray[np.uint8]:
        """Return the bytes of a text."""
        start = int(self.memory.a[node])
        return self.memory.text[start : start + int(self.memory.b[node])]
