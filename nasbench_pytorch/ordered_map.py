"""Work on pieces by two threads, results in the pieces' order, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

THREADS = 2

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def ordered_map(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Result]]:
    """Each piece with what `work` makes of it, in order; at most one piece more than there are threads is at work.

    Where `pieces` raises, what was begun before is given out first: an error found earlier in the data then comes
    before one found later.
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
