"""A column of the map: its names, its kind, and how its values are computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy.typing as npt

Values = npt.NDArray[Any]

COST, GRAPH, ACCURACY, REPEATS, OWN = "cost", "graph", "accuracy", "repeats", "own columns"
"""Groups of columns, as a page lists them."""


@dataclass(frozen=True)
class Column:
    """A property of every cell.

    Attributes:
        name: name in addresses and filters.
        label: displayed name; it may be any text of the table's author.
        unit: unit of the values; empty if they have none.
        group: heading of the list that it is in.
        kind: "number" or "category".
        scale: "linear" or "log", the better axis at first sight.
        compute: returns the values, shape (cells,): float64 of a number, with NaN where there is none, and uint8 of a
            category, with 255 where there is none.
        legend: of a category, a text for each value from 0; empty if the number itself says it.
        note: a sentence that explains the values; empty if nothing needs to be explained.
    """

    name: str
    label: str
    unit: str
    group: str
    kind: Literal["number", "category"]
    scale: Literal["linear", "log"]
    compute: Callable[[], Values] = field(repr=False, compare=False)
    legend: tuple[str, ...] = ()
    note: str = ""

    @property
    def dtype(self) -> Literal["float32", "uint8"]:
        """Type of the values as they are sent."""
        return "uint8" if self.kind == "category" else "float32"


def number(
    name: str,
    label: str,
    unit: str,
    group: str,
    compute: Callable[[], Values],
    scale: Literal["linear", "log"] = "linear",
    note: str = "",
) -> Column:
    """Return a column of numbers."""
    return Column(name, label, unit, group, "number", scale, compute, note=note)


def category(
    name: str, label: str, group: str, compute: Callable[[], Values], legend: tuple[str, ...] = (), note: str = ""
) -> Column:
    """Return a column of categories."""
    return Column(name, label, "", group, "category", "linear", compute, legend, note)
