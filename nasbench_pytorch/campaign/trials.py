"""A trial: one training of one cell, and how it goes by a number."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.spec import ModelSpec

_EPOCHS_BITS = 20
_REPEAT_BITS = 12
MAX_EPOCHS = (1 << _EPOCHS_BITS) - 1
MAX_REPEATS = 1 << _REPEAT_BITS

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """What a worker needs to know of a trial beside the campaign's settings; plain values, so that it travels.

    Attributes:
        number: see `trial_number`; the ledger's key.
        hash: of the cell.
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
        """For people and for folders."""
        return f"{self.hash}-{self.epochs}ep-{self.repeat}"

    def spec(self) -> ModelSpec:
        """The cell."""
        return spec_from_text(self.adjacency, self.operations)


def spec_from_text(adjacency: str, operations: str) -> ModelSpec:
    """A cell from V·V digits and V names joined by commas."""
    names = operations.split(",")
    size = len(names)
    matrix = [[int(digit) for digit in adjacency[start : start + size]] for start in range(0, size * size, size)]
    return ModelSpec(matrix, names)


def trial_number(cell: int, epochs: int, repeat: int) -> int:
    """The number of a trial, made of its parts, so that no two rows of a ledger can be the same trial.

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
    return cell << _EPOCHS_BITS + _REPEAT_BITS | epochs << _REPEAT_BITS | repeat


def trial_numbers(cells: Numbers, epochs: Numbers, repeats: Numbers) -> Numbers:
    """`trial_number` of many trials whose parts are known to be in range, shape (N,)."""
    numbers: Numbers = cells << _EPOCHS_BITS + _REPEAT_BITS | epochs << _REPEAT_BITS | repeats
    return numbers


def trial_parts(number: int) -> tuple[int, int, int]:
    """The inverse of `trial_number`: cell, epochs, repeat."""
    return number >> _EPOCHS_BITS + _REPEAT_BITS, number >> _REPEAT_BITS & MAX_EPOCHS, number & MAX_REPEATS - 1


def trial_seed(campaign_seed: int, module_hash: str, epochs: int, repeat: int) -> int:
    """A trial's seed, 63 bits, from the campaign's seed and what the trial is: whoever knows these can rerun it."""
    # The text of json.dumps([campaign_seed, module_hash, epochs, repeat]), at a quarter of its time.
    text = f'[{campaign_seed}, "{module_hash}", {epochs}, {repeat}]'
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1
