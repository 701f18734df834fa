"""Containers among the nodes of a pickle: lists, tuples and dicts, thousands of them at once."""

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


class NodeContainers:
    """Reader of many containers at once.

    Args:
        stream: the pickle; the nodes must belong to its present part.
    """

    def __init__(self, stream: PickleStream) -> None:
        self.stream, self.memory = stream, stream.memory

    def wrong(self, what: str) -> InputError:
        """Return the error for an object that is not what the layout says."""
        return InputError(f"{self.stream.where}: {what}; the file is damaged, or of another layout than it seems")

    def members(self, containers: Nodes, what: str) -> tuple[Nodes, Nodes]:
        """Return the members of some lists or tuples, and the index of each one's container.

        Raises:
            InputError: one of the nodes is no list or tuple.
        """
        kinds = self.kinds(containers)
        wrong = np.flatnonzero((kinds != LIST) & (kinds != TUPLE))
        if len(wrong):
            raise self.wrong(f"{what} is {self.describe(int(containers[wrong[0]]))}, not a list")
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
        memory, pattern = self.memory, np.frombuffer(wanted.encode(), np.uint8)
        same: npt.NDArray[np.bool_] = (self.kinds(nodes) == TEXT) & (memory.b[nodes] == len(pattern))
        chosen = np.flatnonzero(same)
        if len(chosen):
            # Most dicts share the nodes of their keys, so that few texts are compared.
            distinct, inverse = np.unique(nodes[chosen], return_inverse=True)
            places = memory.a[distinct][:, None] + np.arange(len(pattern))
            same[chosen] = (memory.text[places] == pattern).all(axis=1)[inverse]
        return same

    def value(self, node: int) -> Any:
        """Return one node as a Python value."""
        return Values(self.stream).of(node)

    def calls_of(self, nodes: Nodes, name: str) -> npt.NDArray[np.bool_]:
        """Return which nodes are calls of a function."""
        called: npt.NDArray[np.bool_] = self.kinds(nodes) == CALL
        distinct, inverse = np.unique(self.memory.a[nodes[called]], return_inverse=True)
        named = np.array([self._function_name(int(node)) == name for node in distinct], np.bool_)
        called[called] = named[inverse]
        return called

    def tuple_members(self, tuples: Nodes, count: int) -> Nodes:
        """Return the members of tuples of `count`, shape (tuples, count)."""
        if len(tuples) and (self.memory.b[tuples] < count).any():
            raise self.wrong("a call has too few arguments")
        members: Nodes = self.memory.slots[self.memory.a[tuples][:, None] + np.arange(count)].astype(np.int64)
        return members

    def kinds(self, nodes: Nodes) -> npt.NDArray[np.uint8]:
        """Return the kinds of nodes; NONE for `ABSENT`.

        Raises:
            DroppedNodeError: a node stands for an object that is no longer in memory.
        """
        kinds = np.where(nodes == ABSENT, NONE, self.memory.kind[nodes])
        if (kinds == LOST).any():
            raise DroppedNodeError
        return kinds

    def _members(self, holders: Nodes) -> tuple[Nodes, Nodes]:
        memory = self.memory
        members, starts = gather(memory.slots, memory.a[holders], memory.b[holders])
        owners = np.repeat(np.arange(len(holders)), np.diff(starts))
        return members.astype(np.int64), owners

    def _holders(self, dicts: Nodes, what: str) -> Nodes:
        """Return the nodes that hold the entries of dicts, ordered dicts and dicts with a default."""
        kinds = self.kinds(dicts)
        if (kinds == DICT).all():
            return dicts
        ordered = self.calls_of(dicts, "OrderedDict") | self.calls_of(dicts, "defaultdict")
        wrong = np.flatnonzero((kinds != DICT) & ~ordered)
        if len(wrong):
            raise self.wrong(f"{what} is {self.describe(int(dicts[wrong[0]]))}, not a dict")
        return np.where(ordered, dicts + 1, dicts)

    def _function_name(self, node: int) -> str:
        value = self.value(node) if self.memory.kind[node] not in (DICT, LIST, TUPLE) else None
        return value.name if isinstance(value, Name) else ""

    def describe(self, node: int) -> str:
        """Return what a node is, for messages."""
        if node == ABSENT:
            return "missing"
        kind = int(self.memory.kind[node])
        if kind in (TEXT, INT, FLOAT):
            return f"{self.value(node)!a:.60}"
        value = self.value(node) if kind == CALL else None
        if isinstance(value, Call):
            return "an object"
        return _KINDS.get(kind, "another object")


def gather(source: npt.NDArray[Any], starts: Nodes, lengths: Nodes) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Return some pieces of an array, concatenated, and where each begins and the last one ends."""
    ends = starts_of(lengths)
    places = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)
    return source[places], ends
