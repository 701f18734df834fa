"""Names of searches in a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.search.algorithms.by_name import ALGORITHMS
from nasbench_pytorch.search.budget import Budget
from nasbench_pytorch.shapes import checked_record

_LONGEST = 60
"""Most characters of an algorithm's name that tables and legends show."""


def unique_names(abouts: Sequence[dict[str, Any]]) -> list[str]:
    """Return a name for each search: the algorithm, and what tells it from the others with the same algorithm.

    That is the settings in which they differ, and the budget where nothing else differs. If a user's algorithm has a
    name of `ALGORITHMS`, its class is always stated. Long names are shortened, and control characters escaped.

    Args:
        abouts: descriptions of the searches.
    """
    details = _differing(abouts)
    names = _composed(abouts, details)
    for name, count in Counter(names).items():
        same = [number for number, other in enumerate(names) if other == name]
        if count > 1 and len({budget_text(abouts[number]) for number in same}) > 1:
            for number in same:
                details[number].append(budget_text(abouts[number]))
    names = _composed(abouts, details)
    seen: Counter[str] = Counter()
    for number, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[number] = f"{name} #{seen[name]}"
    return names


def budget_text(about: dict[str, Any]) -> str:
    """Return all limits of a search's runs, such as `1e+07 s, 150 evaluations`."""
    return str(checked_record(Budget, about["budget"]))


def _differing(abouts: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return, for each search, what differs among those with the same algorithm."""
    found = []
    for about in abouts:
        namesakes = [other for other in abouts if other["algorithm"] == about["algorithm"]]
        origin = about.get("class")  # None for the package's own; earlier versions did not store it
        of_class = [_choices(other) for other in namesakes if other.get("class") == origin]
        words = [
            f"{key}={value}"
            for key, value in _choices(about).items()
            if any(other.get(key) != value for other in of_class)
        ]
        if origin is not None and (len(of_class) < len(namesakes) or about["algorithm"] in ALGORITHMS):
            words.append(f"class={origin}")
        found.append(words)
    return found


def _choices(about: dict[str, Any]) -> dict[str, Any]:
    return {**about["settings"], "deduplicate": about["deduplicate"], "seed": about["seed"]}


def _composed(abouts: Sequence[dict[str, Any]], details: Sequence[Sequence[str]]) -> list[str]:
    return [
        escape_controls(_shortened(about["algorithm"]) + (f" ({', '.join(words)})" if words else ""))
        for about, words in zip(abouts, details, strict=True)
    ]


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
