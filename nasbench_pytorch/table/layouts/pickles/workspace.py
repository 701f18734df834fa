"""The state of a pickle that is being read: a window over its bytes, and the machine's stack, memo and nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.pickles.memory import (
    LOST,
    MARKS,
    MEMO,
    NODES,
    POSITION,
    SLOTS,
    STACK,
    STATE_SIZE,
    TEXTS,
    grown,
    new_memory,
)
from nasbench_pytorch.table.layouts.pickles.steps import node_of, number_of

if TYPE_CHECKING:
    from typing import BinaryIO

    from nasbench_pytorch.progress import Progress

_WINDOW_BYTES = 1 << 22
_LONGEST_BYTES = 1 << 28
"""Longest text or array of a pickle, 256 MiB: eight bytes for each of 33 million rows."""
_MOST_MEMORY_BYTES = 3 << 29
_NODE_BYTES = 25
NO_OPERANDS = "an instruction lacks its operands"
NOT_MADE = "it refers to an object that it has not made"


class Workspace:
    """State of one pickle.

    Attributes:
        where: the file, for messages.
        allowed: names that the pickle may mention.
        memory: description of the objects read so far.
        state: how much of `memory` is used; see `memory.POSITION`.
        data: the window.
        before: bytes of the pickle before the window.

    Args:
        source: the pickle.
        where: the file, for messages.
        allowed: names that the pickle may mention.
        progress: called with the bytes read and `size_bytes`.
        size_bytes: size of the pickle.
    """

    def __init__(
        self,
        source: BinaryIO,
        where: str,
        allowed: frozenset[tuple[str, str]],
        progress: Progress | None = None,
        size_bytes: int = 0,
    ) -> None:
        self._source, self.where, self.allowed = source, where, allowed
        self._progress, self._size_bytes = progress, size_bytes
        self.memory = new_memory()
        self.state = np.zeros(STATE_SIZE, np.int64)
        self.data = np.empty(0, np.uint8)
        self.before = 0

    def fill(self, needed: int) -> None:
        """Move the window so that at least `needed` bytes from the position on are in it."""
        if needed > _LONGEST_BYTES:
            raise InputError(f"{self.where}: a text of {needed:,} bytes; a table's pickle has none so long")
        position = int(self.state[POSITION])
        rest = self.data[position:]
        data = np.empty(max(needed, _WINDOW_BYTES), np.uint8)
        data[: len(rest)] = rest
        view, size = memoryview(cast("Any", data)), len(rest)
        while size < len(data):
            count = cast("Any", self._source).readinto(view[size:])
            if not count:
                break
            size += count
        self.before += position
        self.data = data[:size]
        self.state[POSITION] = 0
        if size < needed:
            raise self.damaged("the file is cut short")
        if self._progress is not None and self._size_bytes:
            self._progress(min(self.before, self._size_bytes), self._size_bytes)

    def grow(self, name: str, needed: int) -> None:
        """Make room for at least `needed` entries in an array of the memory."""
        if name == "memo" and needed > self.before + len(self.data):
            raise self.damaged("a memo number beyond the number of objects")
        entry_bytes = _NODE_BYTES if name == "kind" else getattr(self.memory, name).itemsize
        if self.memory.size_bytes() + needed * entry_bytes > _MOST_MEMORY_BYTES:
            raise InputError(
                f"{self.where}: its objects take more than {_MOST_MEMORY_BYTES >> 20:,} MiB; this is no table of "
                "NAS-Bench-101"
            )
        self.memory = grown(self.memory, name, needed)

    def damaged(self, reason: str) -> InputError:
        """Return the error for a damage at the position."""
        place = self.before + int(self.state[POSITION])
        return InputError(f"{self.where}: damaged at byte {place:,} of the pickle: {reason}; get the file again")

    def ahead(self, count: int) -> bytes:
        """Return the next bytes."""
        position = int(self.state[POSITION])
        if position + count > len(self.data):
            self.fill(count)
            position = 0
        return self.data[position : position + count].tobytes()

    def advance(self, count: int) -> None:
        """Move the position."""
        self.state[POSITION] += count

    def take_line(self, longest: int, skipped: int = 1) -> bytes:
        """Return the rest of the line, without its first `skipped` bytes and its end, and move behind it."""
        size = 256
        while True:
            position = int(self.state[POSITION])
            found = self.data[position : position + size].tobytes().find(b"\n", skipped)
            if found >= 0:
                self.state[POSITION] += found + 1
                return self.data[position + skipped : position + found].tobytes()
            if size > longest:
                raise self.damaged("a line without an end")
            if position + size >= len(self.data):
                self.fill(len(self.data) - position + 1)
            size *= 4

    def floor(self) -> int:
        """Return the height of the uppermost mark."""
        marks = int(self.state[MARKS])
        return int(self.memory.marks[marks - 1]) if marks else 0

    def top(self, count: int) -> list[int]:
        """Return the uppermost nodes of the stack."""
        height = int(self.state[STACK])
        if height - count < self.floor():
            raise self.damaged(NO_OPERANDS)
        nodes: list[int] = self.memory.stack[height - count : height].tolist()
        return nodes

    def pop_to_mark(self) -> npt.NDArray[np.int32]:
        """Remove and return the nodes above the uppermost mark, and the mark."""
        if not self.state[MARKS]:
            raise self.damaged(NO_OPERANDS)
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
            self.grow("text", start + len(content))
        self.memory.text[start : start + len(content)] = np.frombuffer(content, np.uint8)
        self.state[TEXTS] += len(content)
        return self.new_node(kind, start, len(content))

    def new_container(self, kind: int, members: npt.NDArray[np.int32]) -> int:
        """Make a container with some members."""
        start = int(self.state[SLOTS])
        if start + len(members) > len(self.memory.slots):
            self.grow("slots", start + len(members))
        self.memory.slots[start : start + len(members)] = members
        self.state[SLOTS] += len(members)
        node = self.new_node(kind, start, len(members))
        self.memory.c[node] = len(members)
        return node

    def recall(self, place: int) -> int:
        """Return a memorised node."""
        if place >= len(self.memory.memo) or self.memory.memo[place] < 0:
            raise self.damaged(NOT_MADE)
        node = node_of(int(self.memory.memo[place]), int(self.state[NODES]), self.memory.regions, self.state)
        return self.new_node(LOST) if node < 0 else node

    def memorise(self, place: int, node: int) -> None:
        """Memorise a node."""
        if place >= len(self.memory.memo):
            self.grow("memo", place + 1)
        if self.memory.memo[place] < 0:
            self.state[MEMO] += 1
        self.memory.memo[place] = number_of(node, self.memory.regions, self.state)

    def raw(self, node: int) -> npt.NDArray[np.uint8]:
        """Return the bytes of a text."""
        start = int(self.memory.a[node])
        return self.memory.text[start : start + int(self.memory.b[node])]

    def at_end(self) -> bool:
        """Return whether all bytes were read."""
        return int(self.state[POSITION]) == len(self.data) and not self._source.read(1)
