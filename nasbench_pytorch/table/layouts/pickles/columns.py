"""Arrays from the nodes of a pickle: the same field of thousands of objects at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.pickles.dropped import DroppedNodeError
from nasbench_pytorch.table.layouts.pickles.memory import (
    BOOL,
    BYTES,
    CALL,
    DICT,
    FLOAT,
    INT,
    LIST,
    LOST,
    NONE,
    TEXT,
    TUPLE,
)
from nasbench_pytorch.table.layouts.pickles.values import Call, Name, Values
from nasbench_pytorch.table.storage.row_block import starts_of

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.pickles.stream import PickleStream

Nodes = npt.NDArray[np.int64]
ABSENT = -1
_HEX = np.full(256, 255, np.uint8)
_HEX[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_HEX[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)
_KINDS = {BOOL: "a truth value", TEXT: "a text", BYTES: "bytes", TUPLE: "a tuple", LIST: "a list", DICT: "a dict"}


class Pairs(NamedTuple):
    """The entries of some dicts.

    Attributes:
        keys: nodes.
        values: nodes.
        owners: index of each entry's dict.
    """

    keys: Nodes
    values: Nodes
    owners: Nodes


class NodeColumns:
    """Reader of many nodes at once.

    Args:
        stream: the pickle; the nodes must belong to its present part.
    """

    def __init__(self, stream: PickleStream) -> None:
        self._stream, self._memory = stream, stream.memory

    def wrong(self, what: str) -> InputError:
        """Return the error for an object that is not what the layout says."""
        return InputError(f"{self._stream.where}: {what}; the file is damaged, or of another layout than it seems")

    def members(self, containers: Nodes, what: str) -> tuple[Nodes, Nodes]:
        """Return the members of some lists or tuples, and the index of each one's container.

        Raises:
            InputError: one of the nodes is no list or tuple.
        """
        kinds = self._kinds(containers)
        wrong = np.flatnonzero((kinds != LIST) & (kinds != TUPLE))
        if len(wrong):
            raise self.wrong(f"{what} is {self._describe(int(containers[wrong[0]]))}, not a list")
        return self._members(containers)

    def pairs(self, dicts: Nodes, what: str) -> Pairs:
        """Return the entries of some dicts, ordered dicts included.

        Raises:
            InputError: one of the nodes is no dict.
        """
        members, owners = self._members(self._holders(dicts, what))
        return Pairs(members[::2], members[1::2], owners[::2])

    def field(self, dicts: Nodes, name: str, what: str) -> Nodes:
        """Return the value of a key in each of some dicts; `ABSENT` where a dict lacks it.

        Raises:
            InputError: one of the nodes is no dict.
        """
        keys, values, owners = self.pairs(dicts, what)
        found: Nodes = np.full(len(dicts), ABSENT, np.int64)
        same = self.is_text(keys, name)
        found[owners[same]] = values[same]
        return found

    def needed(self, dicts: Nodes, name: str, what: str) -> Nodes:
        """Return the value of a key that each of some dicts must have.

        Raises:
            InputError: a dict lacks the key, or one of the nodes is no dict.
        """
        found = self.field(dicts, name, what)
        if (found == ABSENT).any():
            raise self.wrong(f"{what} lacks {name}")
        return found

    def is_text(self, nodes: Nodes, wanted: str) -> npt.NDArray[np.bool_]:
        """Return which nodes are this text."""
        memory, pattern = self._memory, np.frombuffer(wanted.encode(), np.uint8)
        same: npt.NDArray[np.bool_] = (self._kinds(nodes) == TEXT) & (memory.b[nodes] == len(pattern))
        chosen = np.flatnonzero(same)
        if len(chosen):
            # Most dicts share the nodes of their keys, so that few texts are compared.
            distinct, inverse = np.unique(nodes[chosen], return_inverse=True)
            places = memory.a[distinct][:, None] + np.arange(len(pattern))
            same[chosen] = (memory.text[places] == pattern).all(axis=1)[inverse]
        return same

    def numbers(self, nodes: Nodes, what: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Return numbers, numpy's scalars included, and a mask of those that are `ABSENT` or None.

        Raises:
            InputError: a node is no number.
        """
        memory, kinds = self._memory, self._kinds(nodes)
        values = np.zeros(len(nodes))
        for kind in (FLOAT, INT, BOOL):
            chosen = kinds == kind
            raw = memory.a[nodes[chosen]]
            values[chosen] = raw.view(np.float64) if kind == FLOAT else raw
        missing = kinds == NONE
        others = np.flatnonzero(~missing & (kinds != FLOAT) & (kinds != INT) & (kinds != BOOL))
        if len(others):
            values[others] = self._odd_numbers(nodes[others], what)
        return values, missing

    def whole_numbers(self, nodes: Nodes, what: str) -> npt.NDArray[np.int64]:
        """Return whole numbers.

        Raises:
            InputError: a node is no whole number.
        """
        kinds = self._kinds(nodes)
        if (kinds == INT).all():
            return self._memory.a[nodes]
        values, missing = self.numbers(nodes, what)
        with np.errstate(invalid="ignore"):
            wrong = np.flatnonzero(missing | (values != np.rint(values)) | (np.abs(values) > 1 << 52))
        if len(wrong):
            raise self.wrong(f"{what} is {self._describe(int(nodes[wrong[0]]))}, not a whole number")
        return values.astype(np.int64)

    def hashes(self, nodes: Nodes, what: str) -> npt.NDArray[np.uint8]:
        """Return hashes as bytes, shape (nodes, 16).

        Raises:
            InputError: a node is not a text of 32 hex digits.
        """
        memory = self._memory
        wrong = np.flatnonzero((self._kinds(nodes) != TEXT) | (memory.b[nodes] != 32))
        if not len(wrong):
            digits = _HEX[memory.text[memory.a[nodes][:, None] + np.arange(32)]]
            wrong = np.flatnonzero((digits == 255).any(axis=1))
        if len(wrong):
            raise self.wrong(f"{what} is {self._describe(int(nodes[wrong[0]]))}, not a hash of 32 hex digits")
        hashes: npt.NDArray[np.uint8] = digits[:, ::2] << 4 | digits[:, 1::2]
        return hashes

    def texts(self, nodes: Nodes, what: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Return texts, concatenated, and where each begins and the last one ends.

        Raises:
            InputError: a node is no text.
        """
        starts, stops = self.places(nodes, what)
        return _gather(self._memory.text, starts, stops - starts)

    def places(self, nodes: Nodes, what: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return where texts begin and end in the memory's `text`.

        Raises:
            InputError: a node is no text.
        """
        memory = self._memory
        kinds = self._kinds(nodes)
        wrong = np.flatnonzero((kinds != TEXT) & (kinds != BYTES))
        if len(wrong):
            raise self.wrong(f"{what} is {self._describe(int(nodes[wrong[0]]))}, not a text")
        return memory.a[nodes], memory.a[nodes] + memory.b[nodes]

    def names(self, nodes: Nodes, known: list[str], what: str) -> tuple[npt.NDArray[np.int64], list[str]]:
        """Return texts as indices of a list of names, which is `known` and the names that are not in it.

        Raises:
            InputError: a node is no text.
        """
        names = list(known)
        indices: npt.NDArray[np.int64] = np.full(len(nodes), -1, np.int64)
        while True:
            for index, name in enumerate(names):
                left = np.flatnonzero(indices < 0)
                if not len(left):
                    return indices, names
                same = self.is_text(nodes[left], name)
                indices[left[same]] = index
            left = np.flatnonzero(indices < 0)
            if not len(left):
                return indices, names
            name = self.value(int(nodes[left[0]]))
            if not isinstance(name, str) or name in names or len(names) > 1000:
                raise self.wrong(f"{what} is {self._describe(int(nodes[left[0]]))}, not the name of an operation")
            names.append(name)

    def value(self, node: int) -> Any:
        """Return one node as a Python value."""
        return Values(self._stream).of(node)

    def calls_of(self, nodes: Nodes, name: str) -> npt.NDArray[np.bool_]:
        """Return which nodes are calls of a function."""
        called: npt.NDArray[np.bool_] = self._kinds(nodes) == CALL
        distinct, inverse = np.unique(self._memory.a[nodes[called]], return_inverse=True)
        named = np.array([self._function_name(int(node)) == name for node in distinct], np.bool_)
        called[called] = named[inverse]
        return called

    def _function_name(self, node: int) -> str:
        value = self.value(node) if self._memory.kind[node] not in (DICT, LIST, TUPLE) else None
        return value.name if isinstance(value, Name) else ""

    def tuple_members(self, tuples: Nodes, count: int) -> Nodes:
        """Return the members of tuples of `count`, shape (tuples, count)."""
        if len(tuples) and (self._memory.b[tuples] < count).any():
            raise self.wrong("a call has too few arguments")
        members: Nodes = self._memory.slots[self._memory.a[tuples][:, None] + np.arange(count)].astype(np.int64)
        return members

    def _kinds(self, nodes: Nodes) -> npt.NDArray[np.uint8]:
        """Return the kinds of nodes; NONE for `ABSENT`.

        Raises:
            DroppedNodeError: a node stands for an object that is no longer in memory.
        """
        kinds = np.where(nodes == ABSENT, NONE, self._memory.kind[nodes])
        if (kinds == LOST).any():
            raise DroppedNodeError
        return kinds

    def _members(self, holders: Nodes) -> tuple[Nodes, Nodes]:
        memory = self._memory
        members, starts = _gather(memory.slots, memory.a[holders], memory.b[holders])
        owners = np.repeat(np.arange(len(holders)), np.diff(starts))
        return members.astype(np.int64), owners

    def _holders(self, dicts: Nodes, what: str) -> Nodes:
        """Return the nodes that hold the entries of dicts, ordered dicts and dicts with a default."""
        kinds = self._kinds(dicts)
        if (kinds == DICT).all():
            return dicts
        ordered = self.calls_of(dicts, "OrderedDict") | self.calls_of(dicts, "defaultdict")
        wrong = np.flatnonzero((kinds != DICT) & ~ordered)
        if len(wrong):
            raise self.wrong(f"{what} is {self._describe(int(dicts[wrong[0]]))}, not a dict")
        return np.where(ordered, dicts + 1, dicts)

    def _odd_numbers(self, nodes: Nodes, what: str) -> npt.NDArray[np.float64]:
        """Return the numbers of numpy's scalars; others one by one."""
        values = np.zeros(len(nodes))
        memory = self._memory
        scalars = self.calls_of(nodes, "scalar")
        if scalars.any():
            kinds, contents = self.tuple_members(memory.b[nodes[scalars]], 2).T
            if (memory.kind[contents] == BYTES).all() and len(np.unique(kinds)) == 1:
                kind = self.value(int(kinds[0]))
                raw, starts = _gather(memory.text, memory.a[contents], memory.b[contents])
                if isinstance(kind, np.dtype) and kind.kind in "biuf" and (np.diff(starts) == kind.itemsize).all():
                    values[scalars] = np.frombuffer(raw.tobytes(), kind)
                    nodes, places = nodes[~scalars], np.flatnonzero(~scalars)
                    values[places] = [self._odd_number(int(node), what) for node in nodes]
                    return values
        return np.array([self._odd_number(int(node), what) for node in nodes])

    def _odd_number(self, node: int, what: str) -> float:
        value = self.value(node)
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        if not isinstance(value, int | float | np.integer | np.floating | np.bool_):
            raise self.wrong(f"{what} is {self._describe(node)}, not a number")
        try:
            return float(value)
        except OverflowError:
            raise self.wrong(f"{what} is too large a number") from None

    def _describe(self, node: int) -> str:
        if node == ABSENT:
            return "missing"
        kind = int(self._memory.kind[node])
        if kind in (TEXT, INT, FLOAT):
            return f"{self.value(node)!a:.60}"
        value = self.value(node) if kind == CALL else None
        if isinstance(value, Call):
            return "an object"
        return _KINDS.get(kind, "another object")


def _gather(source: npt.NDArray[Any], starts: Nodes, lengths: Nodes) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Return some pieces of an array, concatenated, and where each begins and the last one ends."""
    ends = starts_of(lengths)
    places = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)
    return source[places], ends
