"""Instructions of pickles that are rare in large files, and those of the text protocol 0."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.pickles.allowed import check_name
from nasbench_pytorch.table.layouts.pickles.dropped import DroppedNodeError
from nasbench_pytorch.table.layouts.pickles.memory import (
    BIG,
    BOOL,
    CALL,
    DECIMAL,
    GLOBAL,
    INT,
    LIST,
    LOST,
    MARKS,
    NODES,
    STACK,
    TEXT,
    TUPLE,
)

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.pickles.workspace import Workspace

_REFUSED = {
    ord("P"): "PERSID", ord("Q"): "BINPERSID", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x97: "NEXT_BUFFER",
    0x98: "READONLY_BUFFER",
}  # fmt: skip
"""Instructions that need objects from outside of the pickle."""
_LONGEST_LINE = 1 << 26


def follow_rare(stream: Workspace, code: int) -> None:
    """Follow the instruction at the stream's position.

    Raises:
        InputError: the instruction is unknown, damaged, or needs an object from outside.
    """
    if code in _REFUSED:
        raise InputError(
            f"{stream.where}: refused: the pickle's instruction {_REFUSED[code]} asks for an object from outside of "
            "the file. Nothing of it was run"
        )
    action = _ACTIONS.get(code)
    if action is None:
        raise stream.damaged(f"unknown instruction {code:#04x}")
    action(stream)


def _pop(stream: Workspace) -> None:
    height, floor = int(stream.state[STACK]), stream.floor()
    if height > floor:
        stream.state[STACK] -= 1
    elif stream.state[MARKS]:
        stream.state[MARKS] -= 1
    else:
        raise stream.damaged("the stack is empty")
    stream.advance(1)


def _pop_mark(stream: Workspace) -> None:
    stream.pop_to_mark()
    stream.advance(1)


def _duplicate(stream: Workspace) -> None:
    stream.push(stream.top(1)[0])
    stream.advance(1)


def _decimal(stream: Workspace) -> None:
    stream.push(stream.new_text(DECIMAL, stream.take_line(_LONGEST_LINE)))


def _integer(stream: Workspace) -> None:
    line = stream.take_line(_LONGEST_LINE).rstrip(b"L")
    if line in (b"00", b"01"):
        stream.push(stream.new_node(BOOL, int(line)))
    elif len(line) <= 18 and line.removeprefix(b"-").isdigit():
        stream.push(stream.new_node(INT, int(line)))
    else:
        stream.push(stream.new_text(BIG, line))


def _long(size_bytes: int) -> Callable[[Workspace], None]:
    def follow(stream: Workspace) -> None:
        size = int.from_bytes(stream.ahead(1 + size_bytes)[1:], "little", signed=size_bytes == 4)
        if size < 0:
            raise stream.damaged("a number of negative length")
        digits = stream.ahead(1 + size_bytes + size)[1 + size_bytes :]
        stream.push(stream.new_text(BIG, b"x" + digits[::-1].hex().encode()))
        stream.advance(1 + size_bytes + size)

    return follow


def _string(stream: Workspace) -> None:
    line = stream.take_line(_LONGEST_LINE).strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise stream.damaged("a text without quotes")
    try:
        content, _ = codecs.escape_decode(line[1:-1])
    except ValueError:
        raise stream.damaged("a text with a wrong escape") from None
    stream.push(stream.new_text(TEXT, bytes(content)))


def _unicode(stream: Workspace) -> None:
    try:
        text = stream.take_line(_LONGEST_LINE).decode("raw-unicode-escape")
    except ValueError:
        raise stream.damaged("a text with a wrong escape") from None
    stream.push(stream.new_text(TEXT, text.encode("utf-8", "surrogatepass")))


def _get(stream: Workspace) -> None:
    stream.push(stream.recall(_number(stream)))


def _put(stream: Workspace) -> None:
    place = _number(stream)
    stream.memorise(place, stream.top(1)[0])


def _number(stream: Workspace) -> int:
    line = stream.take_line(40)
    if not line.isdigit():
        raise stream.damaged("a memo number that is none")
    return int(line)


def _global(stream: Workspace) -> None:
    module, name = stream.take_line(1 << 12), stream.take_line(1 << 12, skipped=0)
    stream.push(_new_global(stream, stream.new_text(TEXT, module), stream.new_text(TEXT, name)))


def _stack_global(stream: Workspace) -> None:
    module, name = stream.top(2)
    kinds = stream.memory.kind[[module, name]]
    if (kinds == LOST).any():
        raise DroppedNodeError
    if (kinds != TEXT).any():
        raise stream.damaged("a name that is no text")
    stream.state[STACK] -= 2
    stream.push(_new_global(stream, module, name))
    stream.advance(1)


def _new_global(stream: Workspace, module: int, name: int) -> int:
    texts = [bytes(stream.raw(node)).decode("utf-8", "replace") for node in (module, name)]
    check_name(texts[0], texts[1], stream.allowed, stream.where)
    return stream.new_node(GLOBAL, module, name)


def _instance(stream: Workspace) -> None:
    _global(stream)
    function = stream.top(1)[0]
    stream.state[STACK] -= 1
    _push_call(stream, function, stream.new_container(TUPLE, stream.pop_to_mark()))


def _object(stream: Workspace) -> None:
    members = stream.pop_to_mark()
    if not len(members):
        raise stream.damaged("an object without a class")
    _push_call(stream, int(members[0]), stream.new_container(TUPLE, members[1:]))
    stream.advance(1)


def _new_with_keywords(stream: Workspace) -> None:
    function, arguments, _ = stream.top(3)
    if stream.memory.kind[arguments] != TUPLE:
        raise stream.damaged("arguments that are no tuple")
    stream.state[STACK] -= 3
    _push_call(stream, function, arguments)
    stream.advance(1)


def _push_call(stream: Workspace, function: int, arguments: int) -> None:
    node = stream.new_node(CALL, function, arguments)
    stream.memory.c[node] = -1
    stream.new_container(LIST, np.empty(0, np.int32))
    assert int(stream.state[NODES]) == node + 2
    stream.push(node)


_ACTIONS: dict[int, Callable[[Workspace], None]] = {
    ord("0"): _pop,
    ord("1"): _pop_mark,
    ord("2"): _duplicate,
    ord("F"): _decimal,
    ord("I"): _integer,
    ord("L"): _integer,
    0x8A: _long(1),
    0x8B: _long(4),
    ord("S"): _string,
    ord("V"): _unicode,
    ord("g"): _get,
    ord("p"): _put,
    ord("c"): _global,
    0x93: _stack_global,
    ord("i"): _instance,
    ord("o"): _object,
    0x92: _new_with_keywords,
}
