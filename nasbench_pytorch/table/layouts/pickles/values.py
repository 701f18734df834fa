"""Python values from the nodes of a pickle: small structures, one at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.layouts.pickles.dropped import DroppedNodeError
from nasbench_pytorch.table.layouts.pickles.memory import (
    BIG,
    BOOL,
    BYTES,
    CALL,
    DECIMAL,
    DICT,
    FLOAT,
    GLOBAL,
    INT,
    LOST,
    NONE,
    TEXT,
    TUPLE,
)

if TYPE_CHECKING:
    from nasbench_pytorch.errors import InputError
    from nasbench_pytorch.table.layouts.pickles.stream import PickleStream

_DEEPEST = 40
_MOST_VALUES = 4_000_000
_NUMBER_TYPE = re.compile(r"[<>|=]?(\?|b1|bool|[iuf][1248]|u?int(8|16|32|64)|float(16|32|64))")
_OBJECTS = re.compile(r"[|]?O[48]?|object")
_CONTAINERS = {"dict", "list", "tuple", "set", "frozenset"}


class Name(NamedTuple):
    """A name that a pickle mentions."""

    module: str
    name: str


class Call(NamedTuple):
    """A call that a pickle asks for, which was not made.

    Attributes:
        function: what is called.
        arguments: the arguments.
        state: what the result is then given as its state; None without one.
        members: what is then added to the result: values, or keys and values in turn.
    """

    function: Any
    arguments: tuple[Any, ...]
    state: Any
    members: list[Any]


class Values:
    """Converter of nodes to values.

    Args:
        stream: the pickle.
    """

    def __init__(self, stream: PickleStream) -> None:
        self._stream, self._left = stream, _MOST_VALUES

    def of(self, node: int, depth: int = 0) -> Any:
        """Return the value of a node: an ordinary Python value, an array, a `Name` or a `Call`.

        Raises:
            InputError: a number or a text cannot be read, or the structure is too deep or too large.
        """
        memory, stream = self._stream.memory, self._stream
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise stream.damaged("its objects are nested too deeply or are too many")
        kind = int(memory.kind[node])
        if kind == LOST:
            raise DroppedNodeError
        if kind == NONE:
            return None
        if kind in (BOOL, INT):
            return bool(memory.a[node]) if kind == BOOL else int(memory.a[node])
        if kind == FLOAT:
            return float(memory.a[node : node + 1].view(np.float64)[0])
        if kind in (BIG, DECIMAL, TEXT, BYTES):
            return self._of_text(kind, stream.raw(node).tobytes())
        if kind == GLOBAL:
            return Name(*(stream.raw(int(part)).tobytes().decode() for part in (memory.a[node], memory.b[node])))
        if kind == CALL:
            return self._of_call(node, depth)
        members = [self.of(member, depth + 1) for member in self.members(node)]
        if kind == DICT:
            return _dict(members, stream)
        return tuple(members) if kind == TUPLE else members

    def members(self, node: int) -> list[int]:
        """Return the member nodes of a container."""
        memory = self._stream.memory
        start = int(memory.a[node])
        found: list[int] = memory.slots[start : start + int(memory.b[node])].tolist()
        return found

    def _of_text(self, kind: int, raw: bytes) -> Any:
        if kind == BYTES:
            return raw
        try:
            if kind == TEXT:
                return raw.decode("utf-8")
            if kind == DECIMAL:
                return float(raw)
            if raw[:1] == b"x":
                content = bytes.fromhex(raw[1:].decode())
                return int.from_bytes(content, "big", signed=True)
            return int(raw)  # Python refuses more than 4,300 digits
        except UnicodeDecodeError:
            return raw  # a text of Python 2
        except ValueError:
            raise self._stream.damaged("a number that is none") from None

    def _of_call(self, node: int, depth: int) -> Any:
        memory = self._stream.memory
        function, arguments = (self.of(int(part), depth + 1) for part in (memory.a[node], memory.b[node]))
        state_node = int(memory.c[node])
        state = None if state_node < 0 else self.of(state_node, depth + 1)
        members = [self.of(member, depth + 1) for member in self.members(node + 1)]
        call = Call(function, arguments, state, members)
        try:
            return understood(call)
        except (ValueError, TypeError, IndexError, KeyError, OverflowError, MemoryError, AttributeError):
            raise self._stream.damaged("an array or container with wrong contents") from None


def _dict(members: list[Any], stream: PickleStream) -> dict[Any, Any]:
    try:
        return dict(zip(members[::2], members[1::2], strict=True))
    except (TypeError, ValueError):
        raise stream.damaged("a dict with a key that cannot be one") from None


def understood(call: Call) -> Any:
    """Return what a call of a known function would give; the call itself for others.

    Raises:
        ValueError, TypeError, …: the arguments are not those of the function.
    """
    if not isinstance(call.function, Name):
        return call
    name = call.function.name
    if name == "encode":
        return call.arguments[0].encode(call.arguments[1] if len(call.arguments) > 1 else "utf-8")
    if name in ("bytes", "bytearray"):
        return bytes(call.arguments[0]) if call.arguments and isinstance(call.arguments[0], bytes) else b""
    if name in ("OrderedDict", "defaultdict"):
        pairs = call.arguments[0] if name == "OrderedDict" and call.arguments else []
        return dict(pairs) | dict(zip(call.members[::2], call.members[1::2], strict=True))
    if name in _CONTAINERS and len(call.arguments) == 1:
        return list(call.arguments[0]) if name != "tuple" else tuple(call.arguments[0])
    if name == "dtype":
        return number_type(call.arguments[0], call.state)
    if name == "_reconstruct":
        return call if call.state is None else _array(*call.state[1:5])
    if name == "_frombuffer":
        content, kind, shape, order = call.arguments
        return _array(shape, kind, order == "F", content)
    if name == "scalar":
        return _array((), call.arguments[0], False, call.arguments[1])[()]
    return call


def number_type(code: Any, state: Any) -> np.dtype[Any]:
    """Return the type of an array's values: numbers, or objects.

    Raises:
        ValueError: another type.
    """
    text = code.decode("ascii") if isinstance(code, bytes) else str(code)
    if _OBJECTS.fullmatch(text):
        return np.dtype(object)
    if not _NUMBER_TYPE.fullmatch(text):
        raise ValueError(text)
    kind = np.dtype(text)
    order: Any = state[1] if isinstance(state, tuple) and len(state) > 1 else "="
    return kind.newbyteorder(order) if order in ("<", ">") else kind


def _array(shape: Any, kind: Any, in_columns: Any, content: Any) -> npt.NDArray[Any]:
    """Return an array of numbers or objects; its size is that of its content.

    Raises:
        ValueError, TypeError: the parts do not fit.
    """
    if not isinstance(kind, np.dtype):
        raise TypeError(kind)
    shape = tuple(int(length) for length in shape)
    if kind.kind == "O":
        flat = np.empty(len(content), object)
        flat[:] = content
    else:
        raw = content if isinstance(content, bytes) else content.encode("latin1")
        flat = np.frombuffer(raw, kind)
    array: npt.NDArray[Any] = flat.reshape(shape, order="F" if in_columns else "C")
    return array


def error_for(stream: PickleStream, reason: str) -> InputError:
    """Return the error for a pickle that is sound, but no table."""
    from nasbench_pytorch.errors import InputError as Error

    return Error(f"{stream.where}: {reason}")
