"""Map over pieces with two threads, in order and in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

THREADS = 2

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def ordered_map(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Result]]:
    """Yield each piece with the result of `work`, in order. At most `THREADS` + 1 pieces are in memory.

    Where `pieces` raises, the results of the pieces before are yielded first, so an error that `work` finds in an
    earlier piece is raised before the later error.
    """
    waiting: deque[tuple[Piece, Future[Result]]] = deque()

    def finished() -> tuple[Piece, Result]:
        piece, future = waiting.popleft()
        return piece, future.result()

    with ThreadPoolExecutor(THREADS, "table") as pool:
        try:
            for piece in pieces:
                waiting.append((piece, pool.submit(work, piece)))
                if len(waiting) > THREADS:
                    yield finished()
        except GeneratorExit:
            raise
        except BaseException:
            while waiting:
                yield finished()
            raise
        while waiting:
            yield finished()
