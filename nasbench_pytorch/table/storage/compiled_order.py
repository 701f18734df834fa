"""Loops over cells and their rows while a table is put in order."""

from __future__ import annotations

import numpy as np

from nasbench_pytorch.njit import njit


@njit
def gather(flat, starts, chosen, out):  # type: ignore[no-untyped-def]
    """Put the pieces `chosen` of `flat` one behind the other; piece i is `flat[starts[i]:starts[i + 1]]`."""
    position = 0
    for piece in chosen:
        for i in range(starts[piece], starts[piece + 1]):
            out[position] = flat[i]
            position += 1


@njit
def differs(flat, starts, first, out):  # type: ignore[no-untyped-def]
    """Mark in `out` the pieces that are not equal to the piece `first[i]`, which stands for them."""
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
def number_repeats(row_starts, epochs):  # type: ignore[no-untyped-def]
    """The repeat of each row: how many rows of its cell and budget come before it."""
    repeats = np.zeros(epochs.shape[0], np.uint32)
    for cell in range(row_starts.shape[0] - 1):
        for row in range(row_starts[cell], row_starts[cell + 1]):
            for earlier in range(row - 1, row_starts[cell] - 1, -1):
                if epochs[earlier] == epochs[row]:
                    repeats[row] = repeats[earlier] + 1
                    break
    return repeats
