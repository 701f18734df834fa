"""Compiled loops over cells and their rows, for sorting a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit

Integers = npt.NDArray[np.int64]


@njit
def gather(flat: npt.NDArray[np.uint8], starts: Integers, chosen: Integers, out: npt.NDArray[np.uint8]) -> None:
    """Concatenate the pieces `chosen` of `flat` in `out`; piece i is `flat[starts[i]:starts[i + 1]]`."""
    position = 0
    for piece in chosen:
        for i in range(starts[piece], starts[piece + 1]):
            out[position] = flat[i]
            position += 1


@njit
def differs(flat: npt.NDArray[np.uint8], starts: Integers, first: Integers, out: npt.NDArray[np.bool_]) -> None:
    """Mark in `out` the pieces i of `flat` that differ from piece `first[i]`."""
    for piece in range(first.shape[0]):
        other = first[piece]
        if other == piece:
            continue
        length = starts[piece + 1] - starts[piece]
        if starts[other + 1] - starts[other] != length:
            out[piece] = True
            continue
        for i in range(length):
            if flat[starts[piece] + i] != flat[starts[other] + i]:
                out[piece] = True
                break


@njit
def number_repeats(row_starts: Integers, epochs: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    """Return the repeat of each row: how many earlier rows have its cell and budget."""
    repeats = np.zeros(epochs.shape[0], np.uint32)
    for cell in range(row_starts.shape[0] - 1):
        for row in range(row_starts[cell], row_starts[cell + 1]):
            for earlier in range(row - 1, row_starts[cell] - 1, -1):
                if epochs[earlier] == epochs[row]:
                    repeats[row] = repeats[earlier] + 1
                    break
    return repeats
