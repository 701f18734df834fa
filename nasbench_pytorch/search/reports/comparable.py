"""Whether searches can be compared, and over which cost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.search.reports.incumbents import CostName
    from nasbench_pytorch.search.saving.search_runs import SearchRuns

COSTS: tuple[CostName, ...] = ("seconds", "evaluations", "epochs")
"""What a budget can limit, and the axis of curves can count."""

_SHOWN_FOR = {"digest": "table", "rules": "protocol"}
"""Key of a description that is compared → key that a message shows."""


def check_comparable(found: Sequence[SearchRuns]) -> None:
    """Refuse searches of different tables, data or proxies, or under different rules, and the same runs twice.

    Raises:
        InputError: something differs, and the message names it; or two searches are the same.
    """
    for pair in combinations(found, 2):
        if _are_the_same(*pair):
            names = [str(runs.folder or runs.name) for runs in pair]
            same = f"{names[0]} is given twice" if names[0] == names[1] else f"{' and '.join(names)} have the same runs"
            raise InputError(f"{same}; report one of them")
    for runs in found[1:]:
        for key in ("evaluate", "digest", "rules", "dataset", "recipe", "skeleton", "proxy", "scoring"):
            if found[0].about.get(key) == runs.about.get(key):
                continue
            shown = _SHOWN_FOR.get(key, key)
            first, other = (f"{item.folder or item.name} has {item.about.get(shown)}" for item in (found[0], runs))
            raise InputError(
                f"searches with different {shown} cannot be compared: {first}, {other}; report each by itself"
            )


def _are_the_same(first: SearchRuns, second: SearchRuns) -> bool:
    """Return whether two searches have the same description, and equal runs where both have one."""
    # A table's file may move. What was read from a folder has lists in place of tuples.
    one, other = (json.dumps({**runs.about, "table": None}, sort_keys=True) for runs in (first, second))
    if one != other:
        return False
    common = first.runs.keys() & second.runs.keys()
    return all(first.runs[run].equals(second.runs[run]) for run in common)


def common_cost(abouts: Sequence[dict[str, Any]]) -> CostName:
    """Return the cost over which searches are compared if none is chosen: one that limits all, else any.

    Of several costs, seconds come before evaluations, and these before epochs; the order of the
    searches does not matter.

    Args:
        abouts: descriptions of the searches.
    """
    limited = [{name for name in COSTS if about["budget"].get(name) is not None} for about in abouts]
    for chosen in (set.intersection(*limited), set.union(*limited)):
        for name in COSTS:
            if name in chosen:
                return name
    return "evaluations"


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
                "damaged, or of another space: remove the folder, and run the search again"
            )
