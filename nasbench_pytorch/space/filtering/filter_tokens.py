"""Tokens of the filter language, and the error that points at one of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from nasbench_pytorch.errors import InputError

_SHOWN_CHARACTERS = 200  # of the filter, in an error message
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))"
    r"|(?P<name>[A-Za-z_][\w.]*(?:-\w+)*)"
    r"|(?P<operator><=|>=|==|!=|[<>=()]))"
)


class Token(NamedTuple):
    """A token: its kind (number, name, operator or end), its text, and the position of its first character."""

    kind: str
    text: str
    position: int


def tokenize(text: str) -> list[Token]:
    """Split a filter into tokens; the last one has the kind "end".

    Raises:
        InputError: a character is not part of the language.
    """
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise filter_error(text, start, f"'{text[start]}' is not part of a filter")
        tokens.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        position = match.end()
    return [*tokens, Token("end", "", end)]


def filter_error(text: str, position: int, problem: str) -> InputError:
    """Return the error for a filter that cannot be parsed at a position."""
    return InputError(f"cannot read the filter '{shortened(text)}' at character {position + 1}: {problem}")


def shortened(text: str) -> str:
    """Return a filter as messages quote it."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
