"""Put what has been retrained beside the published values: statistics as JSON and as Markdown, and the scatter plot.

python -m benchmarks.reproduction.report SAMPLE.csv
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.reproduction.choose import CELLS, LISTS, read_sample, result_path
from benchmarks.reproduction.inception import NOISE, inception_agreement, inception_lines, read_inception_runs
from nasbench_pytorch.files import write_json
from nasbench_pytorch.plots.scatter import draw_scatter

RESULTS = CELLS.parent.parent
STATISTICS = RESULTS / "reproduction.json"
PICTURE = RESULTS / "reproduction.png"
SETS = {"first shard's": "ours", "both shards'": "ours_both_shards"}
ALIKE = 0.01
"""Accuracies that differ by less are taken for equal, see `alike`."""

FEWEST = 3
"""So many cells are needed before anything is said of their agreement."""


def alike(cells: list[dict[str, Any]], one: dict[str, Any], epochs: int) -> tuple[float, float, int]:
    """What the table has at so many epochs for cells that are as good as this one at 36 and at 108.

    Those trainings are long enough to be sure of themselves, so what cells that agree in them differ by at fewer
    epochs is, for the most part, how much one training there is left to chance: an upper limit of that.

    Args:
        cells: the published ones, of `read_sample`.
        one: one of them.
        epochs: below 36.

    Returns:
        Mean and standard deviation of their published accuracies, and how many there are.
    """
    near = [
        cell["published_validation"][epochs]
        for cell in cells
        if all(abs(cell["published_validation"][e] - one["published_validation"][e]) < ALIKE for e in (36, 108))
    ]
    return float(np.mean(near)), float(np.std(near, ddof=1)), len(near)


def read_results(cells: list[dict[str, Any]], epochs: int) -> list[dict[str, Any]]:
    """A line for each listed cell that is trained at so many epochs, in the order of the list: published accuracy and
    ours.

    Args:
        cells: the published ones, of `read_sample`.
        epochs: one of `LISTS`.
    """
    sample = {cell["hash"]: cell for cell in cells}
    rows = []
    for listed in json.loads(LISTS[epochs].read_text()):
        module_hash = listed if isinstance(listed, str) else listed["hash"]
        path = result_path(module_hash, epochs)
        if path.exists():
            result = json.loads(path.read_text())
            mean, deviation, count = alike(cells, sample[module_hash], epochs)
            rows.append(
                {
                    "hash": module_hash,
                    "published_alike": {"mean": mean, "standard_deviation": deviation, "cells": count},
                    "gflops": sample[module_hash]["gflops"],
                    "published": sample[module_hash]["published_validation"][epochs],
                    "ours": result["evaluations"][-1]["validation_accuracy"],
                    "ours_both_shards": result["both_shards_statistics"][-1]["validation_accuracy"],
                    "training_time_s": result["training_time_s"],
                    "total_time_s": result["total_time_s"],
                }
            )
    return rows


def accuracies(rows: list[dict[str, Any]], key: str) -> npt.NDArray[np.float64]:
    """One number of every cell, shape (cells,)."""
    return np.array([row[key] for row in rows])


def agreement(rows: list[dict[str, Any]], key: str, noise: float) -> dict[str, float]:
    """How far two measurements of the same cells agree; differences are ours less the published value.

    Args:
        rows: at least `FEWEST`.
        key: which of ours, a value of `SETS`.
        noise: standard deviation between repeats of the table.
    """
    published, ours = accuracies(rows, "published"), accuracies(rows, key)
    differences = ours - published
    return {
        "cells": len(ours),
        "spearman": float(stats.spearmanr(published, ours).statistic),
        "kendall": float(stats.kendalltau(published, ours).statistic),
        "mean_difference": float(differences.mean()),
        "standard_error": float(differences.std(ddof=1) / np.sqrt(len(ours))),
        "standard_error_expected": noise * float(np.sqrt(2 / len(ours))),
        "mean_absolute_difference": float(np.abs(differences).mean()),
        "mean_absolute_difference_expected": noise * float(2 / np.sqrt(np.pi)),
    }


def cell_lines(rows: list[dict[str, Any]]) -> list[str]:
    """A Markdown table of the cells, worst published first."""
    lines = [
        "| cell | GFLOP | published | of cells alike | first shard's | both shards' | minutes |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: row["published"]):
        near = row["published_alike"]
        columns = [f"`{row['hash'][:8]}`", f"{row['gflops']:.2f}", f"{row['published']:.3f}"]
        columns += [f"{near['mean']:.2f} ± {near['standard_deviation']:.2f}"]
        columns += [f"{row[key]:.3f}" for key in SETS.values()]
        lines.append(f"| {' | '.join(columns)} | {row['total_time_s'] / 60:.0f} |")
    return lines


def agreement_lines(found: dict[str, dict[str, float]]) -> list[str]:
    """A Markdown table of what `agreement` says, with what two perfect replicas would show."""
    first, both = found.values()
    differences = [f"{one['mean_difference']:+.3f} ± {one['standard_error']:.3f}" for one in (first, both)]
    sizes = [f"{one['mean_absolute_difference']:.3f}" for one in (first, both)]
    expected = first["standard_error_expected"], first["mean_absolute_difference_expected"]
    return [
        f"| over {first['cells']} cells | {' | '.join(found)} | two perfect replicas |",
        "|---|---|---|---|",
        f"| Spearman | {first['spearman']:.2f} | {both['spearman']:.2f} | |",
        f"| Kendall | {first['kendall']:.2f} | {both['kendall']:.2f} | |",
        f"| mean difference ± standard error | {' | '.join(differences)} | 0 ± {expected[0]:.3f} |",
        f"| mean absolute difference | {' | '.join(sizes)} | {expected[1]:.3f} |",
    ]


def main() -> None:
    sample = read_sample(Path(sys.argv[1]))
    cells = {epochs: read_results(sample, epochs) for epochs in LISTS}
    found = {
        epochs: {name: agreement(rows, key, NOISE[epochs]) for name, key in SETS.items()}
        for epochs, rows in cells.items()
        if len(rows) >= FEWEST
    }
    runs = read_inception_runs()
    inception = inception_agreement(runs)
    total_time_s = sum(run["total_time_s"] for run in [*runs, *(row for rows in cells.values() for row in rows)])
    write_json(
        STATISTICS,
        {
            "total_time_s": total_time_s,
            "agreement": found,
            "cells": cells,
            "inception": {"agreement": inception, "trainings": runs},
        },
    )
    panels = [
        (f"{name} running statistics", accuracies(cells[4], "published"), accuracies(cells[4], key))
        for name, key in SETS.items()
    ]
    title = "Validation accuracy of the same cells"
    draw_scatter(PICTURE, panels, "published, 4 epochs", "retrained", title, same_limits=True)

    for epochs, rows in cells.items():
        print(f"{epochs} epochs\n", *cell_lines(rows), "", sep="\n")
        if epochs in found:
            print(*agreement_lines(found[epochs]), "", sep="\n")
    print(*inception_lines(runs), "", sep="\n")
    for one in inception:
        print(
            f"{one['epochs']} epochs, {one['precision']}, {one['runs']} trainings: "
            f"mean difference {one['mean_difference']:+.3f} ± {one['standard_error']:.3f}"
        )
    print(f"\nTotal: {total_time_s / 3600:.1f} hours.")


if __name__ == "__main__":
    main()
