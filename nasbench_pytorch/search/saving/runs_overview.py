"""The runs of a search as HTML for notebooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.markup import Markup, facts_markup

if TYPE_CHECKING:
    from nasbench_pytorch.search.history import History


def overview_of_runs(about: Mapping[str, Any], runs: Mapping[int, History], folder: Path | None) -> Markup:
    """Return algorithm, protocol, budget and numbers of evaluations. No test accuracy is read.

    Args:
        about: description of the search.
        runs: number of the run → its history.
        folder: folder that holds the runs; None if they are in memory only.
    """
    histories = list(runs.values())
    ends = Counter(history.ended_by for history in histories)
    settings = about.get("settings") or {}
    budget = {name: value for name, value in (about.get("budget") or {}).items() if value is not None}
    return facts_markup(
        {
            "algorithm": about["algorithm"],
            "class": about.get("class"),
            "settings": ", ".join(f"{name}: {value}" for name, value in settings.items()) or None,
            "protocol": about.get("protocol"),
            "budget of a run": ", ".join(f"{value:,} {name}" for name, value in budget.items()) or None,
            "runs": f"{len(histories):,}",
            "evaluations": f"{sum(map(len, histories)):,}",
            "ended by": ", ".join(f"{reason}: {count:,}" for reason, count in ends.items()) or None,
            "folder": folder,
        }
    )
