"""Parser of filters such as `vertices<=4 and (edges<6 or not conv3x3-bn-relu==0)`; no filter is evaluated as code.

    condition  = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation   = "not" negation | "(" condition ")" | comparison
    comparison = value operator value { operator value }       2<=vertices<=4 means what it means in mathematics
    operator   = "<" | "<=" | ">" | ">=" | "==" | "=" | "!="
    value      = number | field                                3, 2.5, 1e6, 5_000_000

Fields are the names of columns; a prefix of only one name is enough (`conv3x3` for `conv3x3-bn-relu`). The words are
not case-sensitive.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.filtering.filter_tokens import Token, filter_error, shortened, tokenize
from nasbench_pytorch.suggestions import did_you_mean

Values = npt.NDArray[Any] | float
Mask = npt.NDArray[np.bool_]
_Lookup = Callable[[str], npt.NDArray[Any]]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_DEEPEST = 40  # parentheses and negations within each other
_WORDS = ("and", "or", "not")


@dataclass(frozen=True)
class Condition:
    """A parsed filter.

    Attributes:
        text: text of the filter.
        fields: names of the columns that the filter reads, in the order of the text.
    """

    text: str
    fields: tuple[str, ...]
    _evaluate: Callable[[_Lookup], Any]

    def mask(self, columns: Mapping[str, npt.NDArray[Any]]) -> Mask:
        """Return the rows that meet the condition.

        Args:
            columns: an array of shape (N,) for each of `fields`; at least one array, which gives N.
        """
        size = len(columns[self.fields[0]])
        return np.broadcast_to(np.asarray(self._evaluate(columns.__getitem__), dtype=bool), (size,))


def parse_where(text: str, fields: Collection[str]) -> Condition:
    """Parse a filter over columns of these names.

    Raises:
        InputError: the text does not follow the grammar or names an unknown field; the message gives the position and
            what is allowed there.
    """
    parser = _Parser(text, list(fields))
    evaluate = parser.condition()
    if parser.token.kind != "end":
        parser.refuse("'and', 'or' or the end")
    if not parser.used:
        raise InputError(f"cannot read the filter '{shortened(text)}': it names no field; fields: {', '.join(fields)}")
    return Condition(text, tuple(dict.fromkeys(parser.used)), evaluate)


class _Parser:
    """Recursive-descent parser; each method parses one rule of the grammar and returns a function that computes it."""

    def __init__(self, text: str, fields: list[str]) -> None:
        self.text = text
        self.fields = fields
        self.used: list[str] = []
        self.depth = 0
        self.tokens = iter(tokenize(text))
        self.token = next(self.tokens)

    def advance(self) -> Token:
        current = self.token
        if current.kind != "end":
            self.token = next(self.tokens)
        return current

    def is_word(self, word: str) -> bool:
        return self.token.kind == "name" and self.token.text.lower() == word

    def refuse(self, expected: str) -> None:
        found = f"'{self.token.text}'" if self.token.text else "the end"
        raise filter_error(self.text, self.token.position, f"expected {expected}, found {found}")

    def condition(self) -> Callable[[_Lookup], Any]:
        return self.joined("or", self.conjunction, np.logical_or)

    def conjunction(self) -> Callable[[_Lookup], Any]:
        return self.joined("and", self.negation, np.logical_and)

    def joined(self, word: str, part: Callable[[], Callable[[_Lookup], Any]], join: Any) -> Callable[[_Lookup], Any]:
        parts = [part()]
        while self.is_word(word):
            self.advance()
            parts.append(part())
        return lambda lookup: functools.reduce(join, [one(lookup) for one in parts])

    def negation(self) -> Callable[[_Lookup], Any]:
        if self.is_word("not"):
            self.advance()
            inner = self.nested(self.negation)
            return lambda lookup: np.logical_not(inner(lookup))
        if self.token.text == "(":
            self.advance()
            inner = self.nested(self.condition)
            if self.token.text != ")":
                self.refuse("')', 'and' or 'or'")
            self.advance()
            return inner
        return self.comparison()

    def nested(self, rule: Callable[[], Callable[[_Lookup], Any]]) -> Callable[[_Lookup], Any]:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise filter_error(self.text, self.token.position, f"nested too deeply, more than {_DEEPEST} times")
        inner = rule()
        self.depth -= 1
        return inner

    def comparison(self) -> Callable[[_Lookup], Any]:
        values, operators = [self.value()], []
        while self.token.text in _OPERATORS:
            operators.append(_OPERATORS[self.advance().text])
            values.append(self.value())
        if not operators:
            self.refuse(f"one of {' '.join(_OPERATORS)}")
        return lambda lookup: _compare([value(lookup) for value in values], operators)

    def value(self) -> Callable[[_Lookup], Values]:
        if self.token.kind == "number":
            number = float(self.advance().text.replace("_", ""))
            return lambda _: number
        if self.token.kind != "name" or self.token.text.lower() in _WORDS:
            self.refuse("a number or a field")
        field = self.field()
        self.used.append(field)
        return lambda lookup: lookup(field)

    def field(self) -> str:
        token = self.advance()
        if token.text in self.fields:
            return token.text
        matches = [name for name in self.fields if name.startswith(token.text)]
        if len(matches) == 1:
            return matches[0]
        problem, hint = f"unknown field '{token.text}'", did_you_mean(token.text, self.fields)
        if matches:
            hint = ""
            problem = f"'{token.text}' may be {' or '.join(matches)}"
        raise filter_error(self.text, token.position, f"{problem}; fields: {', '.join(self.fields)}{hint}")


def _compare(values: list[Values], operators: list[Callable[[Any, Any], Any]]) -> Any:
    result = operators[0](values[0], values[1])
    for left, compare, right in zip(values[1:-1], operators[1:], values[2:], strict=True):
        result = np.logical_and(result, compare(left, right))
    return result
