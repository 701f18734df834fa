"""The tables of a report as columns, which Markdown, Arrow and JSON share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from nasbench_pytorch.search.reports.contents import ReportContents, SearchReport

Columns = dict[str, list[Any]]


def curve_columns(contents: ReportContents) -> Columns:
    """Return regret over cost, one row for each search and cost.

    `mean_validation_regret` is of the incumbents' mean validation accuracy, `mean_observed_validation_regret` of the
    accuracy that the search observed; see `SearchReport`.
    """
    columns: Columns = {
        name: [] for name in ("search", contents.cost, "with_incumbent", "mean", "median", "quartile_1", "quartile_3")
    }
    validation: list[Any] = []
    observed: list[Any] = []
    for search in contents.searches:
        curve = search.curve
        columns["search"] += [search.name] * len(curve.at)
        for name, values in zip(list(columns)[1:], curve, strict=True):
            columns[name] += values.tolist()
        if search.validation is not None:
            validation += search.validation.mean.tolist()
        if search.observed is not None:
            observed += search.observed.mean.tolist()
    if validation:
        columns["mean_validation_regret"] = validation
    if observed:
        columns["mean_observed_validation_regret"] = observed
    return columns


def final_columns(contents: ReportContents) -> Columns:
    """Return final regrets as fractions, one row for each search."""
    rows = [_final_row(search, contents) for search in contents.searches]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _final_row(search: SearchReport, contents: ReportContents) -> dict[str, Any]:
    final = search.final
    row: dict[str, Any] = {
        "search": search.name,
        "runs": final.runs,
        "mean": final.mean,
        "mean_low": final.mean_interval[0],
        "mean_high": final.mean_interval[1],
        "median": final.median,
        "median_low": final.median_interval[0],
        "median_high": final.median_interval[1],
        "quartile_1": final.quartiles[0],
        "quartile_3": final.quartiles[1],
        "best": final.best,
        "worst": final.worst,
    }
    if contents.truth is not None:
        row["at_optimum"] = final.at_optimum
    if contents.published_gap is not None:
        row["mean_against_published"] = final.mean + contents.published_gap
    row["mean_worth"] = float(search.worth.mean())
    if contents.truth is None:
        row["mean_test_accuracy"] = float(search.tests.mean())
    return row


def conduct_columns(contents: ReportContents) -> Columns:
    """Return how the searches were conducted: sampler, shares of duplicates and invalid proposals, ends of runs.

    There is one row for each search. `duplicates` and `invalid` are fractions of the proposals, and evaluations are
    counted up to `ReportContents.end`. If that cuts the runs, `duplicates` is a fraction of the evaluations up to
    there, NaN for searches with deduplication, and `invalid` is that of the whole runs. `evaluations_to_optimum` is the
    median over the runs that found a best cell; there is none without a table.
    """
    rows = []
    for search in contents.searches:
        counts = search.counts
        proposals = max(counts["proposals"], 1)
        reached = search.to_optimum[np.isfinite(search.to_optimum)]
        rows.append(
            {
                "search": search.name,
                "sampler": search.about["sampler"],
                "deduplicate": search.about["deduplicate"],
                "evaluations_per_run": counts["evaluations"] / search.final.runs,
                "duplicates": _duplicates(search),
                "invalid": counts["invalid"] / proposals,
                "ended_by_budget": counts.get("ended by budget", 0),
                "finished": counts.get("ended by finished", 0),
                "stuck": counts.get("ended by stuck", 0),
            }
        )
        if contents.truth is not None:
            rows[-1]["reached_optimum"] = len(reached)
            rows[-1]["evaluations_to_optimum"] = float(np.median(reached)) if len(reached) else float("nan")
    return {name: [row[name] for row in rows] for name in rows[0]}


def _duplicates(search: SearchReport) -> float:
    """Return the share of duplicates. Histories do not tell when free proposals were made; see `conduct_columns`."""
    counts = search.counts
    if not search.is_cut:
        return counts["duplicates"] / max(counts["proposals"], 1)
    return float("nan") if search.about["deduplicate"] else counts["duplicates"] / max(counts["evaluations"], 1)


def test_columns(contents: ReportContents) -> Columns:
    """Return the pairwise tests, one row for each pair."""
    names = ("first", "second", "first_is_better", "p", "p_holm")
    return {name: [getattr(test, name) for test in contents.tests] for name in names}


def run_columns(contents: ReportContents) -> Columns:
    """Return the last incumbent of each run: its cell, its value and its regret, one row for each run."""
    columns: Columns = {name: [] for name in ("search", "run", "position", "hash", "worth", "regret")}
    for search in contents.searches:
        positions = search.incumbents.tolist()
        columns["search"] += [search.name] * len(positions)
        columns["run"] += search.numbers
        columns["position"] += positions
        columns["hash"] += [None if position < 0 else contents.space.hash_at(position) for position in positions]
        columns["worth"] += search.worth.tolist()
        columns["regret"] += search.finals.tolist()
    return columns
