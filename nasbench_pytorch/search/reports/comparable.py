"""Checks that searches can be compared, and their names in a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.search.search_runs import SearchRuns


_SHOWN_FOR = {"digest": "table", "rules": "protocol"}
"""Key of a description that is compared → key that a message shows."""


def check_comparable(found: Sequence[SearchRuns]) -> None:
    """Refuse searches of different tables, data or proxies, or under different rules.

    Raises:
        InputError: something differs; the message names it.
    """
    for runs in found[1:]:
        for key in ("evaluate", "digest", "rules", "dataset", "recipe", "skeleton", "proxy", "scoring"):
            if found[0].about.get(key) == runs.about.get(key):
                continue
            shown = _SHOWN_FOR.get(key, key)
            first, other = (f"{item.folder or item.name} has {item.about.get(shown)}" for item in (found[0], runs))
            raise InputError(
                f"searches with different {shown} cannot be compared: {first}, {other}; report each by itself"
            )


def check_positions(found: Sequence[SearchRuns], cells: int) -> None:
    """Refuse searches with positions outside of the space.

    Args:
        found: the searches.
        cells: number of cells of the space.

    Raises:
        InputError: there is such a position.
    """
    for runs in found:
        largest = max((int(history.positions.max(initial=-1)) for history in runs.runs.values()), default=-1)
        if largest >= cells:
            raise InputError(
                f"{runs.folder or runs.name}: position {largest:,} in a space of {cells:,} cells; the runs are "
                "damaged, or of another space: run the search again"
            )


def unique_names(abouts: Sequence[dict[str, Any]]) -> list[str]:
    """Return a name for each search: the algorithm, and the settings in which searches with the same one differ."""
    names = []
    choices = [{**about["settings"], "deduplicate": about["deduplicate"], "seed": about["seed"]} for about in abouts]
    for about, own in zip(abouts, choices, strict=True):
        namesakes = [other for o, other in zip(abouts, choices, strict=True) if o["algorithm"] == about["algorithm"]]
        differing = [
            f"{key}={value}" for key, value in own.items() if any(other.get(key) != value for other in namesakes)
        ]
        names.append(about["algorithm"] + (f" ({', '.join(differing)})" if differing else ""))
    seen: Counter[str] = Counter()
    for number, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[number] = f"{name} #{seen[name]}"
    return names
