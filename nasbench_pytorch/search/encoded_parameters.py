"""Encodings A, B and C as named parameters for optimisers, and the cells that parameter values decode to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.proposals import FULL_EPOCHS, NOT_A_CELL, Proposal
from nasbench_pytorch.space.encodings_abc import (
    ENCODED_OPERATIONS,
    MOST_EDGES,
    POSSIBLE_EDGES,
    VERTICES,
    Matrix,
    decoded_cell,
    encoded_spec,
    matrix_of_encoding_a,
    matrix_of_encoding_b,
    matrix_of_encoding_c,
)
from nasbench_pytorch.suggestions import unknown_name

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.space.spec import ModelSpec

Values = Mapping[str, Any]


class Categorical(NamedTuple):
    """Parameter with one of several values, which have no order."""

    name: str
    values: tuple[int | str, ...]


class Integer(NamedTuple):
    """Parameter that is an integer; both bounds are allowed."""

    name: str
    low: int
    high: int


class Real(NamedTuple):
    """Parameter that is a real number; both bounds are allowed."""

    name: str
    low: float
    high: float


Parameter = Categorical | Integer | Real

_OPERATION_NAMES = tuple(f"op_node_{vertex}" for vertex in range(VERTICES - 2))
_OPERATIONS = tuple(Categorical(name, ENCODED_OPERATIONS) for name in _OPERATION_NAMES)


def _edges(count: int) -> tuple[str, ...]:
    return tuple(f"edge_{edge}" for edge in range(count))


@dataclass(frozen=True)
class Encoding:
    """One of the encodings A, B and C of NAS-Bench-101; see `space/encodings_abc.py` for what the values mean.

    The parameters have the names of automl/nas_benchmarks. Its rules hold, too: a matrix is invalid if it has more than
    nine edges before pruning, or no path from input to output.

    Attributes:
        name: `a`, `b` or `c`.
        parameters: names and domains, in the order of nas_benchmarks.
        matrix: parameter values → 7×7 matrix.
    """

    name: str
    parameters: tuple[Parameter, ...]
    matrix: Callable[[Values], Matrix]

    def cell(self, values: Values) -> ModelSpec | None:
        """Return the cell that some values decode to, or None where they are invalid.

        Args:
            values: parameter name → value; other names are ignored.

        Raises:
            InputError: a parameter is missing, or a value is not in its domain.
        """
        self._check(values)
        return decoded_cell(self.matrix(values), [values[name] for name in _OPERATION_NAMES])

    def spec(self, values: Values) -> ModelSpec:
        """Return the spec that some values decode to, valid or not.

        Raises:
            InputError: see `cell`.
        """
        self._check(values)
        return encoded_spec(self.matrix(values), [values[name] for name in _OPERATION_NAMES])

    def proposal(self, values: Values, candidates: Candidates, epochs: int = FULL_EPOCHS) -> Proposal:
        """Return the proposal of the cell that some values decode to.

        Its position is `NOT_A_CELL` where the values are invalid or the space lacks the cell.

        Raises:
            InputError: see `cell`.
        """
        cell = self.cell(values)
        if cell is None:
            return Proposal(NOT_A_CELL, epochs, self.spec(values))
        return Proposal(candidates.position_of(cell), epochs, cell)

    def _check(self, values: Values) -> None:
        missing = [parameter.name for parameter in self.parameters if parameter.name not in values]
        if missing:
            raise InputError(
                f"encoding {self.name} has a parameter '{missing[0]}', which these values lack; give all "
                f"{len(self.parameters)}"
            )
        for parameter in self.parameters:
            value = values[parameter.name]
            if not isinstance(parameter, Categorical) and not _is_within(parameter, value):
                kind = "a whole number" if isinstance(parameter, Integer) else "a number"
                raise InputError(
                    f"encoding {self.name}: {parameter.name} must be {kind} from {parameter.low} to {parameter.high}, "
                    f"got {value!r}"
                )


def _is_within(parameter: Integer | Real, value: Any) -> bool:
    kinds = int | np.integer if isinstance(parameter, Integer) else int | float | np.integer | np.floating
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    return bool(is_number and parameter.low <= value <= parameter.high)


def _matrix_of_a(values: Values) -> Matrix:
    return matrix_of_encoding_a([values[name] for name in _edges(POSSIBLE_EDGES)])


def _matrix_of_b(values: Values) -> Matrix:
    return matrix_of_encoding_b([values[name] for name in _edges(MOST_EDGES)])


def _matrix_of_c(values: Values) -> Matrix:
    return matrix_of_encoding_c([values[name] for name in _edges(POSSIBLE_EDGES)], values["num_edges"])


ENCODINGS: dict[str, Encoding] = {
    encoding.name: encoding
    for encoding in (
        Encoding("a", _OPERATIONS + tuple(Categorical(name, (0, 1)) for name in _edges(POSSIBLE_EDGES)), _matrix_of_a),
        Encoding(
            "b",
            _OPERATIONS + tuple(Categorical(name, tuple(range(POSSIBLE_EDGES))) for name in _edges(MOST_EDGES)),
            _matrix_of_b,
        ),
        Encoding(
            "c",
            (
                *_OPERATIONS,
                Integer("num_edges", 0, MOST_EDGES),
                *(Real(name, 0.0, 1.0) for name in _edges(POSSIBLE_EDGES)),
            ),
            _matrix_of_c,
        ),
    )
}
"""Name → encoding."""


def parameter_encoding(name: str) -> Encoding:
    """Return one of the encodings A, B and C.

    Args:
        name: `a`, `b` or `c`, in either case.

    Raises:
        InputError: there is no such encoding.
    """
    if not isinstance(name, str) or name.lower() not in ENCODINGS:
        raise unknown_name("encoding", name, ENCODINGS)
    return ENCODINGS[name.lower()]
