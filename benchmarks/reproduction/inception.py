"""The Inception-like cell's trainings compared with the table's three repeats, halfway and at the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reproduction.choose import CELLS

PUBLISHED = {
    4: {"halfway": (0.153, 0.138, 0.126), "final": (0.526, 0.533, 0.556)},
    12: {"halfway": (0.367, 0.556, 0.472), "final": (0.782, 0.830, 0.820)},
    36: {"final": (0.918, 0.923, 0.907)},
    108: {"final": (0.938, 0.938, 0.934)},
}
"""Validation accuracies of the table's row 28cfc7874f6d200472e1a9dcd8650aa0, by epochs."""

NOISE = {4: 0.073, 12: 0.037}
"""Standard deviation between the table's repeats over all its cells, by epochs."""

RUNS = (
    CELLS.parent.parent / "first-run.json",
    CELLS.parent.parent / "first-run-seed1.json",
    CELLS.parent / "inception-float32-seed2.json",
    CELLS.parent / "inception-bfloat16-seed2.json",
    CELLS.parent / "inception-12-epochs.json",
    CELLS.parent / "inception-12-epochs-seed1.json",
)
"""Files of the trainings, one for each that is finished. The first two did not keep the second set of statistics."""

TIMES = ("halfway", "final")


def read_inception_runs() -> list[dict[str, Any]]:
    """Read one record for each finished training."""
    return [_described(json.loads(path.read_text()), path) for path in RUNS if path.exists()]


def _described(result: dict[str, Any], path: Path) -> dict[str, Any]:
    sets = {"ours": result["evaluations"], "ours_both_shards": result.get("both_shards_statistics")}
    return {
        "file": path.name,
        "seed": result["seed"],
        "epochs": result["recipe"]["epochs"],
        "precision": result["environment"]["precision"],
        "total_time_s": result["total_time_s"],
        **{
            name: None
            if evaluations is None
            else dict(zip(TIMES, (one["validation_accuracy"] for one in evaluations[-2:]), strict=True))
            for name, evaluations in sets.items()
        },
    }


def inception_lines(runs: list[dict[str, Any]]) -> list[str]:
    """Make a Markdown table of the trainings, with the published repeats first."""
    lines = [
        "| epochs | training | halfway | halfway, both shards' | final | final, both shards' |",
        "|---|---|---|---|---|---|",
    ]
    for epochs, published in PUBLISHED.items():
        ours = [run for run in runs if run["epochs"] == epochs]
        if not ours:
            continue
        halfway, final = (" ".join(f"{value:.3f}" for value in published[time]) for time in TIMES)
        lines.append(f"| {epochs} | the table's three repeats | {halfway} | | {final} | |")
        for run in ours:
            cells = [
                "–" if run[name] is None else f"{run[name][time]:.3f}"
                for time in TIMES
                for name in ("ours", "ours_both_shards")
            ]
            lines.append(f"| {epochs} | seed {run['seed']}, {run['precision']} | {' | '.join(cells)} |")
    return lines


def inception_agreement(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Compare our mean final accuracy with the published one, by epochs and precision, with the standard error."""
    found = []
    for epochs, precision in sorted({(run["epochs"], run["precision"]) for run in runs}):
        ours = [run["ours"]["final"] for run in runs if (run["epochs"], run["precision"]) == (epochs, precision)]
        theirs = PUBLISHED[epochs]["final"]
        found.append(
            {
                "epochs": epochs,
                "precision": precision,
                "runs": len(ours),
                "mean_difference": float(np.mean(ours) - np.mean(theirs)),
                "standard_error": NOISE[epochs] * float(np.sqrt(1 / len(ours) + 1 / len(theirs))),
            }
        )
    return found
