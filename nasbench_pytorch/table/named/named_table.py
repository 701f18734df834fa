"""The record of a table that has a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class NamedTable:
    """A table that has a name.

    Attributes:
        name: what `NASBench` and the commands take.
        about: what it is, in one line.
        origins: field → where its values come from: `published`, `predicted` or `own` (computed or trained here).
        cells: number of cells.
        epochs: budgets, ascending.
        repeats: trainings of each cell at each budget.
        size_bytes: size of the table's file; roughly, where it is not on this machine.
        find: returns the file, or None if there is none yet.
        how_to_get: commands that bring the table here.
        build: makes the file from what comes with the package or was downloaded, or says what is missing; None where
            there is nothing to make.
        can_be_built: returns whether `build` has all that it needs.
        notice: line for stderr where the table answers although none was named; empty for none.
    """

    name: str
    about: str
    origins: Mapping[str, str]
    cells: int
    epochs: tuple[int, ...]
    repeats: int
    size_bytes: int
    find: Callable[[], Path | None]
    how_to_get: str
    build: Callable[[], Path] | None = None
    can_be_built: Callable[[], bool] = lambda: False
    notice: str = ""

    def is_here(self) -> bool:
        """Return whether a query can use the table without a download."""
        return self.find() is not None or self.can_be_built()


def origin_text(origins: Mapping[str, str]) -> str:
    """Return where the values of a table come from; the origin of most fields comes last, for all others.

    Args:
        origins: field → origin; at least one.
    """
    fields_of: dict[str, list[str]] = {}
    for name, origin in origins.items():
        fields_of.setdefault(origin, []).append(name)
    *few, commonest = sorted(fields_of, key=lambda origin: len(fields_of[origin]))
    texts = [f"{origin}: {', '.join(fields_of[origin])}" for origin in few]
    return "; ".join([*texts, f"{commonest}: every {'other field' if few else 'field'}"])
