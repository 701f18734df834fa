"""Which searches can be compared, and what each is called in a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.search.search_runs import SearchRuns


def check_comparable(found: Sequence[SearchRuns]) -> None:
    """Refuse searches of different tables or under different rules.

    Raises:
        InputError: something differs; the message names it.
    """
    first = found[0].about
    same = ("evaluate", "digest", "rules", "dataset", "recipe", "skeleton", "proxy", "scoring")
    for runs in found[1:]:
        for key in same:
            if first.get(key) != runs.about.get(key):
                was, now = ((item.get("table") if key == "digest" else item.get(key)) for item in (first, runs.about))
                what = "table" if key == "digest" else "protocol" if key == "rules" else key
                if what == "protocol":
                    was, now = first["protocol"], runs.about["protocol"]
                raise InputError(
                    f"searches with different {what} cannot be compared: {found[0].folder or found[0].name} has {was}, "
                    f"{runs.folder or runs.name} has {now}; report them one by one"
                )


def check_positions(found: Sequence[SearchRuns], cells: int) -> None:
    """Refuse searches with cells that the space of their positions lacks.

    Raises:
        InputError: there is such a cell.
    """
    for runs in found:
        largest = max((int(history.positions.max(initial=-1)) for history in runs.runs.values()), default=-1)
        if largest >= cells:
            raise InputError(
                f"{runs.folder or runs.name}: position {largest:,} of a space of {cells:,} cells; the runs are "
                "damaged, or of another space"
            )


def unique_names(abouts: Sequence[dict[str, Any]]) -> list[str]:
    """Return a name for each search: the algorithm, and settings that differ between searches with the same one."""
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
