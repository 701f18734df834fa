"""The report of a verification."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

EXAMPLES = 5


@dataclass(frozen=True)
class Problem:
    """A failed check of a table.

    Attributes:
        check: the checked condition.
        count: how many cells or rows fail.
        examples: descriptions of the first few failures.
    """

    check: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class VerifyReport:
    """Outcome of a verification.

    Attributes:
        cells: number of checked cells.
        rows: number of checked rows.
        assumed: assumptions about facts that neither the table nor the caller gave.
        problems: failed checks; empty for a sound table.
    """

    cells: int
    rows: int
    assumed: tuple[str, ...]
    problems: tuple[Problem, ...]


class Findings:
    """Counter of failures by check, with the first few of each."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, list[str]]] = {}

    def add(self, check: str, count: int, examples: Iterable[str]) -> None:
        """Add `count` failures of a check; of `examples`, only as many as needed are computed."""
        if count:
            before, kept = self._found.get(check, (0, []))
            kept += islice(examples, EXAMPLES - len(kept))
            self._found[check] = before + count, kept

    def problems(self) -> tuple[Problem, ...]:
        """Return the failed checks in the order of their first failure."""
        return tuple(Problem(check, count, tuple(kept)) for check, (count, kept) in self._found.items())
