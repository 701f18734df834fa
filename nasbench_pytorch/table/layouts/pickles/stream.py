"""Read a pickle part by part, in bounded memory, as a description of what it would build."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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
    MOST_REGIONS,
    NEEDED,
    NODES,
    POSITION,
    REGION_START,
    REGIONS,
    SHIFT,
    SLOTS,
    STACK,
    STEPS,
    TAG,
    TEXT,
    TEXTS,
)
from nasbench_pytorch.table.layouts.pickles.rare import follow_rare
from nasbench_pytorch.table.layouts.pickles.workspace import NO_OPERANDS, NOT_MADE, Workspace

if TYPE_CHECKING:
    from typing import BinaryIO

    from nasbench_pytorch.progress import Progress

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
    machine.EMPTY_STACK: NO_OPERANDS,
    machine.WRONG_KIND: "an instruction has operands of a wrong kind",
    machine.UNKNOWN_MEMO: NOT_MADE,
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


class PickleStream(Workspace):
    """Reader of one pickle.

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
        super().__init__(source, where, allowed, progress, size_bytes)
        self._keep_all = keep_all
        encoded = [key.encode() for key in keys]
        self._keys = np.frombuffer(b"".join(encoded) or b" ", np.uint8)
        self._key_ends = np.cumsum([len(key) for key in encoded], dtype=np.int64)
        self._kept = (0, 0)  # slots and text bytes that are never dropped
        self._region_of = -1  # container whose parts the current region holds

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
            arguments = (self.data, len(self.data), self.memory, self.state, self._keys, self._key_ends, limit)
            reason = int(loop(*arguments))
            if reason == machine.PAUSED:
                if steps is not None:
                    return reason
            elif reason == machine.MORE_BYTES:
                self.fill(int(self.state[NEEDED]))
            elif reason in _GROWTH:
                self.grow(_GROWTH[reason], int(self.state[NEEDED]))
            elif reason == machine.RARE:
                follow_rare(self, int(self.data[self.state[POSITION]]))
            elif reason == machine.DROPPED_MEMO:
                raise DroppedNodeError
            elif reason in _DAMAGE:
                raise self.damaged(_DAMAGE[reason])
            else:
                return reason

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
        if not self.at_end():
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
