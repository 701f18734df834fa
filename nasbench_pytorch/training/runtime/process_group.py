"""The processes of one training as seen by each of them, and the case of a training alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from torch import Tensor

T = TypeVar("T")


class World:
    """A training in one process: every exchange gives back what was given.

    Attributes:
        rank: number of this process, from 0; the first one writes the files and speaks.
        size: number of processes.
    """

    rank = 0
    size = 1

    def all_reduce_sum(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over the processes."""

    def broadcast(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by the first process's."""

    def all_reduce_max(self, *values: float) -> tuple[float, ...]:
        """Each value's largest over the processes."""
        return values

    def broadcast_object(self, value: T) -> T:
        """The first process's value."""
        return value

    @contextlib.contextmanager
    def agreed(self) -> Iterator[None]:
        """An `InputError` or `OSError` of one process within the block becomes one of all.

        The first process raises it. The others raise `ToldElsewhereError`, so that a person reads it once.
        """
        yield

    def rank_zero_first(self, action: Callable[[], T]) -> T:
        """`action()` of every process, of the first one before the others: what it downloads they find."""
        return action()


SINGLE_PROCESS = World()
"""The one process of an ordinary training."""
