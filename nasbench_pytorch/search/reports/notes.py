"""Sentences beside the tables of a report: what they count, and what is missing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.search.history import MOST_FREE_PROPOSALS
from nasbench_pytorch.search.reports.number_text import cost_text

if TYPE_CHECKING:
    from nasbench_pytorch.search.reports.contents import ReportContents, SearchReport

_DASH = (
    "Mean (median) over the runs; – where there is none: a mean needs a value of every run, and in the median a run "
    "without one counts as worse than all others."
)
_TESTS = "Mann-Whitney, two-sided; p values corrected for all pairs by Holm's method."
_COMMON_SEEDS = (
    "Runs with the same number have the same seeds in all searches with the same seed. Searches that begin with the "
    "same cells are therefore positively correlated; the test takes them as independent, so their p values are too "
    "large rather than too small."
)


def page_notes(contents: ReportContents) -> dict[str, str]:
    """Return title → a paragraph about the table with this title; see `page_tables`."""
    unit = "Regrets of scores" if contents.worth_is == "score" else "Regrets in percentage points"
    at = f"at {cost_text(contents.end)} {contents.cost}"
    seeds = Counter(search.about["seed"] for search in contents.searches)
    return {
        "Regret over cost": _DASH,
        "Final regret": " ".join([f"{unit}, {at}; intervals are 95 % bootstrap intervals.", *missing_values(contents)]),
        "Conduct": " ".join(_conduct(contents)),
        "Pairwise tests": f"{_TESTS} {_COMMON_SEEDS}" if max(seeds.values()) > 1 else _TESTS,
    }


def missing_values(contents: ReportContents) -> list[str]:
    """Return sentences that count the runs without a final regret; none if every run has one."""
    counted = [text for search in contents.searches for text in _missing(search)]
    if not counted:
        return []
    rule = "These runs count as worse than all others in medians, quartiles and tests; such a search has no mean."
    return [f"{'; '.join(counted)}.", rule]


def _missing(search: SearchReport) -> list[str]:
    runs = search.final.runs
    without = int((search.incumbents < 0).sum())
    unjudged = int((np.isnan(search.finals) & (search.incumbents >= 0)).sum())
    only_full = search.about["rules"]["incumbent"] == "full_budget"
    lacking = "a training with the largest budget" if only_full else "an incumbent"
    texts = [f"{search.name}: {without:,} of {runs:,} runs without {lacking}"] if without else []
    if unjudged:
        texts.append(f"{search.name}: {unjudged:,} of {runs:,} runs with an incumbent whose test accuracy is missing")
    return texts


def _conduct(contents: ReportContents) -> list[str]:
    texts = []
    if any(search.is_cut for search in contents.searches):
        texts.append(
            f"Some runs went on after {cost_text(contents.end)} {contents.cost}: their evaluations, best cells and "
            "duplicates (as a share of the evaluations, – with deduplication) are counted up to there, their invalid "
            "proposals and ends are those of the whole runs."
        )
    if any(search.counts.get("ended by stuck") for search in contents.searches):
        texts.append(
            f"A run is stuck, and ends, after {MOST_FREE_PROPOSALS:,} free proposals in a row: invalid ones, or "
            "repeated ones under deduplication."
        )
    return texts
