"""Arrays from the nodes of a pickle: the same field of thousands of objects at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.layouts.pickles.containers import NodeContainers, Nodes, gather
from nasbench_pytorch.table.layouts.pickles.memory import BOOL, BYTES, FLOAT, INT, NONE, TEXT

_HEX = np.full(256, 255, np.uint8)
_HEX[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_HEX[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)


class NodeColumns(NodeContainers):
    """Reader of the numbers and texts of many nodes at once."""

    def numbers(self, nodes: Nodes, what: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Return numbers, numpy's scalars included, and a mask of those that are `ABSENT` or None.

        Raises:
            InputError: a node is no number.
        """
        memory, kinds = self.memory, self.kinds(nodes)
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
        kinds = self.kinds(nodes)
        if (kinds == INT).all():
            return self.memory.a[nodes]
        values, missing = self.numbers(nodes, what)
        with np.errstate(invalid="ignore"):
            wrong = np.flatnonzero(missing | (values != np.rint(values)) | (np.abs(values) > 1 << 52))
        if len(wrong):
            raise self.wrong(f"{what} is {self.describe(int(nodes[wrong[0]]))}, not a whole number")
        return values.astype(np.int64)

    def hashes(self, nodes: Nodes, what: str) -> npt.NDArray[np.uint8]:
        """Return hashes as bytes, shape (nodes, 16).

        Raises:
            InputError: a node is not a text of 32 hex digits.
        """
        memory = self.memory
        wrong = np.flatnonzero((self.kinds(nodes) != TEXT) | (memory.b[nodes] != 32))
        if not len(wrong):
            digits = _HEX[memory.text[memory.a[nodes][:, None] + np.arange(32)]]
            wrong = np.flatnonzero((digits == 255).any(axis=1))
        if len(wrong):
            raise self.wrong(f"{what} is {self.describe(int(nodes[wrong[0]]))}, not a hash of 32 hex digits")
        hashes: npt.NDArray[np.uint8] = digits[:, ::2] << 4 | digits[:, 1::2]
        return hashes

    def texts(self, nodes: Nodes, what: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Return texts, concatenated, and where each begins and the last one ends.

        Raises:
            InputError: a node is no text.
        """
        starts, stops = self.places(nodes, what)
        return gather(self.memory.text, starts, stops - starts)

    def places(self, nodes: Nodes, what: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return where texts begin and end in the memory's `text`.

        Raises:
            InputError: a node is no text.
        """
        memory = self.memory
        kinds = self.kinds(nodes)
        wrong = np.flatnonzero((kinds != TEXT) & (kinds != BYTES))
        if len(wrong):
            raise self.wrong(f"{what} is {self.describe(int(nodes[wrong[0]]))}, not a text")
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
                raise self.wrong(f"{what} is {self.describe(int(nodes[left[0]]))}, not the name of an operation")
            names.append(name)

    def _odd_numbers(self, nodes: Nodes, what: str) -> npt.NDArray[np.float64]:
        """Return the numbers of numpy's scalars; others one by one."""
        values = np.zeros(len(nodes))
        memory = self.memory
        scalars = self.calls_of(nodes, "scalar")
        if scalars.any():
            kinds, contents = self.tuple_members(memory.b[nodes[scalars]], 2).T
            if (memory.kind[contents] == BYTES).all() and len(np.unique(kinds)) == 1:
                kind = self.value(int(kinds[0]))
                raw, starts = gather(memory.text, memory.a[contents], memory.b[contents])
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
            raise self.wrong(f"{what} is {self.describe(node)}, not a number")
        try:
            return float(value)
        except OverflowError:
            raise self.wrong(f"{what} is too large a number") from None
