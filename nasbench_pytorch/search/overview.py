"""What notebooks show of a search."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nasbench_pytorch.markup import Markup, facts_markup

if TYPE_CHECKING:
    from nasbench_pytorch.search.run import SearchRuns


def runs_overview(found: SearchRuns) -> Markup:
    """Return algorithm, protocol, budget and numbers of evaluations; no test accuracy is read for them."""
    about, histories = found.about, list(found.runs.values())
    ends = Counter(history.ended_by for history in histories)
    settings = about.get("settings") or {}
    budget = {name: value for name, value in (about.get("budget") or {}).items() if value is not None}
    return facts_markup(
        {
            "algorithm": found.name,
            "settings": ", ".join(f"{name}: {value}" for name, value in settings.items()) or None,
            "protocol": about.get("protocol"),
            "budget of a run": ", ".join(f"{value:,} {name}" for name, value in budget.items()) or None,
            "runs": f"{len(histories):,}",
            "evaluations": f"{sum(map(len, histories)):,}",
            "ended by": ", ".join(f"{reason}: {count:,}" for reason, count in ends.items()) or None,
            "folder": found.folder,
        }
    )
