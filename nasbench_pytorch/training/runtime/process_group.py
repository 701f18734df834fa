"""The processes that train one network together, and the group of a single process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from torch import Tensor

T = TypeVar("T")


class ProcessGroup:
    """The group of a training in one process: every exchange returns its input.

    Attributes:
        rank: number of this process, from 0; the first process writes the files and shows progress.
        size: number of processes.
    """

    rank = 0
    size = 1

    def all_reduce_sum(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over the processes."""

    def broadcast(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by that of the first process."""

    def all_reduce_max(self, *values: float) -> tuple[float, ...]:
        """Return the maximum of each value over the processes."""
        return values

    def broadcast_object(self, value: T) -> T:
        """Return the first process's value."""
        return value

    @contextlib.contextmanager
    def same_error_everywhere(self) -> Iterator[None]:
        """Raise an `InputError` or `OSError` of one process within the block in every process.

        The first process raises the error. The others raise `ToldElsewhereError`, so that it is printed once.
        """
        yield

    def rank_zero_first(self, action: Callable[[], T]) -> T:
        """Return `action()`; the first process runs it before the others, which then find the files it downloaded."""
        return action()


SINGLE_PROCESS = ProcessGroup()
"""The group of an ordinary training."""
