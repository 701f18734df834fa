"""`nasbench search run`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import tyro

from nasbench_pytorch.cli.search.arguments import SearchArguments, find_own_modules, parse_settings
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.printable import escape_controls, print_lines

if TYPE_CHECKING:
    from nasbench_pytorch.search.saving.search_runs import SearchRuns


@dataclass(frozen=True)
class _Run:
    algorithm: tyro.conf.Positional[str]
    """The algorithm: random_search, regularized_evolution, local_search, reinforce, successive_halving, hyperband,
    bananas, npenas, optuna_tpe, optuna_hyperband or smac; or your own as module:class."""
    out: Path | None = None
    """Folder for the results; if it holds runs of this search, the command continues it. If omitted, only a summary is
    printed."""
    set: tuple[str, ...] = ()
    """Settings of the algorithm as NAME=VALUE, such as epochs=36 (an unknown one lists all)."""
    flags: Annotated[SearchArguments, tyro.conf.arg(name="")] = field(default_factory=SearchArguments)
    json: Path | None = None
    """Print the summary as JSON instead of text; with the name of a .json file, write it there."""


def run(arguments: list[str]) -> None:
    """Run a search algorithm."""
    about = "Run a search algorithm many times. After a kill, the same command continues."
    parsed = parse(_Run, arguments, "nasbench search run", about)
    check_json_path(parsed.json)
    settings = parse_settings(parsed.set)
    parsed.flags.check()
    find_own_modules()
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.search.run import run_search

    with progress_bar(f"{parsed.algorithm}: runs", in_bytes=False) as progress:
        found = run_search(
            parsed.algorithm, settings=settings, out=parsed.out, progress=progress, **parsed.flags.search()
        )
    facts = run_facts(found)
    if not write_result(parsed.json, facts):
        print_lines(*_lines(found, facts))


def run_facts(found: SearchRuns) -> dict[str, Any]:
    """Return a summary of a search as plain values; it reads no test column of a table."""
    histories = list(found.runs.values())
    proposals = max(sum(history.proposals for history in histories), 1)
    best = max((history for history in histories if len(history)), key=lambda history: float(history.values.max()))
    at = int(np.argmax(best.values))
    return {
        **found.about,
        "folder": found.folder,
        "runs": len(histories),
        "runs_made_now": found.made,
        "evaluations_per_run": sum(map(len, histories)) / len(histories),
        "seconds_per_run": sum(float(history.costs_s.sum()) for history in histories) / len(histories),
        "duplicates": sum(history.duplicates for history in histories) / proposals,
        "invalid": sum(history.invalid for history in histories) / proposals,
        "best_value": float(best.values[at]),
        "best_epochs": int(best.epochs[at]),
        "best_hash": found.space().hash_at(int(best.positions[at])),
        "best_test_accuracy": None if best.test_accuracies is None else float(best.test_accuracies[at]),
    }


def _lines(found: SearchRuns, facts: dict[str, Any]) -> list[str]:
    from nasbench_pytorch.search.reports.number_text import cost_text

    where = f"protocol {facts['protocol']} on {facts['table']}" if facts["evaluate"] == "table" else facts["evaluate"]
    before = len(found.runs) - found.made
    made_before = f", {before:,} of them were made before" if before else ""
    test_accuracy = facts["best_test_accuracy"]
    epochs = "" if facts["evaluate"] == "proxy" else f" after {counted(facts['best_epochs'], 'epoch')}"
    lines = [
        f"{escape_controls(found.name)}: {counted(len(found.runs), 'run')}, {where}{made_before}",
        f"a run: {facts['evaluations_per_run']:,.1f} evaluations, {cost_text(facts['seconds_per_run'])} s",
        f"of all proposals: {100 * facts['duplicates']:.1f} % duplicates, {100 * facts['invalid']:.1f} % invalid",
        f"best: {facts['best_value']:.6g}{epochs}, cell {facts['best_hash']}"
        + ("" if test_accuracy is None else f", test accuracy {test_accuracy:.4f}"),
    ]
    if found.folder is not None:
        lines.append(f"compare with: nasbench search report {found.folder} --out report")
    return lines
