"""A trial: one training of one cell, its state, and the number that identifies it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.space.spec import ModelSpec

_EPOCHS_BITS = 20
_REPEAT_BITS = 12
EPOCHS_SHIFT = _REPEAT_BITS
"""A trial's number, shifted right by this many bits, ends in its epochs: see `MAX_EPOCHS`."""

CELL_SHIFT = _EPOCHS_BITS + _REPEAT_BITS
"""A trial's number, shifted right by this many bits, is the number of its cell."""

MAX_EPOCHS = (1 << _EPOCHS_BITS) - 1
MAX_REPEATS = 1 << _REPEAT_BITS

Numbers = npt.NDArray[np.int64]


class TrialState(str, Enum):
    """State of a trial; equal to its name as text. A ledger stores `code`.

    Attributes:
        code: 0, 1 and 2.
    """

    PENDING = "pending"
    FINISHED = "finished"
    FAILED = "failed"

    code: int

    def __new__(cls, name: str) -> TrialState:
        """Number the states in the order in which they are listed."""
        state = str.__new__(cls, name)
        state._value_ = name
        state.code = len(cls.__members__)
        return state

    @classmethod
    def from_code(cls, code: int) -> TrialState:
        """Return the state with this code."""
        return tuple(cls)[code]


@dataclass(frozen=True)
class Trial:
    """One training, as a worker needs it beside the campaign's settings. Holds plain values; its pickle is small.

    Attributes:
        number: key in the ledger; see `trial_number`.
        hash: hash of the cell.
        adjacency: the cell's matrix, row by row, as V·V digits.
        operations: the cell's V operations, joined by commas.
        epochs: the budget.
        repeat: which training of this cell and budget, from 0.
        seed: decides initial weights and batches; see `trial_seed`.
    """

    number: int
    hash: str
    adjacency: str
    operations: str
    epochs: int
    repeat: int
    seed: int

    @property
    def name(self) -> str:
        """Name in messages and of folders."""
        return f"{self.hash}-{self.epochs}ep-{self.repeat}"

    def spec(self) -> ModelSpec:
        """Return the cell."""
        return spec_from_text(self.adjacency, self.operations)


def spec_from_text(adjacency: str, operations: str) -> ModelSpec:
    """Return a cell from V·V digits and V operation names joined by commas.

    Raises:
        InputError: the digits are no such matrix, or the cell is malformed.
    """
    names = operations.split(",")
    size = len(names)
    if len(adjacency) != size * size or not set(adjacency) <= {"0", "1"}:
        raise InputError(f"the matrix of a cell with {size} vertices must be {size * size} digits 0 or 1")
    if (names[0], names[-1]) != (INPUT, OUTPUT):
        raise InputError(f"the operations of a cell must begin with {INPUT} and end with {OUTPUT}")
    matrix = [[int(digit) for digit in adjacency[start : start + size]] for start in range(0, size * size, size)]
    return ModelSpec(matrix, names)


def trial_number(cell: int, epochs: int, repeat: int) -> int:
    """Return the number of a trial. It encodes the trial's parts, so no two rows of a ledger can be the same trial.

    Args:
        cell: the cell's number in the ledger, below 2³¹.
        epochs: the budget, at most `MAX_EPOCHS`.
        repeat: below `MAX_REPEATS`.

    Raises:
        InputError: epochs or repeat are out of range.
    """
    if not 1 <= epochs <= MAX_EPOCHS or not 0 <= repeat < MAX_REPEATS:
        raise InputError(
            f"epochs must be 1 to {MAX_EPOCHS:,} and repeats at most {MAX_REPEATS:,}; got {epochs:,} epochs, "
            f"repeat {repeat:,}"
        )
    return cell << CELL_SHIFT | epochs << _REPEAT_BITS | repeat


def trial_numbers(cells: Numbers, epochs: Numbers, repeats: Numbers) -> Numbers:
    """Return `trial_number` of many trials, shape (N,); the parts must be in range and are not checked."""
    numbers: Numbers = cells << CELL_SHIFT | epochs << _REPEAT_BITS | repeats
    return numbers


class TrialParts(NamedTuple):
    """Parts of a trial's number."""

    cell: int
    epochs: int
    repeat: int


def trial_parts(number: int) -> TrialParts:
    """Return the parts of a trial's number: the inverse of `trial_number`."""
    return TrialParts(number >> CELL_SHIFT, number >> _REPEAT_BITS & MAX_EPOCHS, number & MAX_REPEATS - 1)


class TrialColumns(NamedTuple):
    """Parts of many trials' numbers, each of shape (N,)."""

    cells: Numbers
    epochs: Numbers
    repeats: Numbers


def trial_columns(numbers: Numbers) -> TrialColumns:
    """Return the parts of many trials' numbers: the inverse of `trial_numbers`."""
    return TrialColumns(numbers >> CELL_SHIFT, numbers >> _REPEAT_BITS & MAX_EPOCHS, numbers & MAX_REPEATS - 1)


def trial_seed(campaign_seed: int, module_hash: str, epochs: int, repeat: int) -> int:
    """Return a trial's seed, 63 bits. It depends on these arguments alone, so a trial can be rerun without a ledger."""
    # The text of json.dumps([campaign_seed, module_hash, epochs, repeat]), at a quarter of its time.
    text = f'[{campaign_seed}, "{module_hash}", {epochs}, {repeat}]'
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1
