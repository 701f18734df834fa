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

from benchmarks.reproduction.choose import CELLS, read_sample
from benchmarks.reproduction.inception import NOISE, inception_agreement, inception_lines, read_inception_runs
from nasbench_pytorch.files import write_json
from nasbench_pytorch.plots.scatter import draw_scatter

FOLDER = CELLS.parent
STATISTICS = FOLDER.parent / "reproduction.json"
PICTURE = FOLDER.parent / "reproduction.png"
SETS = {"first shard's": "ours", "both shards'": "ours_both_shards"}


def read_results(sample: Path) -> list[dict[str, Any]]:
    """A line for each cell that is trained, in the order of the list: published accuracy and ours."""
    published = {cell["hash"]: cell["published_validation"] for cell in read_sample(sample)}
    rows = []
    for cell in json.loads(CELLS.read_text()):
        path = FOLDER / f"{cell['hash']}.json"
        if path.exists():
            result = json.loads(path.read_text())
            rows.append(
                {
                    "hash": cell["hash"],
                    "gflops": cell["gflops"],
                    "published": published[cell["hash"]][4],
                    "ours": result["evaluations"][-1]["validation_accuracy"],
                    "ours_both_shards": result["both_shards_statistics"][-1]["validation_accuracy"],
                    "training_time_s": result["training_time_s"],
                    "total_time_s": result["total_time_s"],
                }
            )
    return rows


def agreement(published: npt.NDArray[np.float64], ours: npt.NDArray[np.float64]) -> dict[str, float]:
    """How far two measurements of the same cells agree; differences are ours less the published value."""
    differences = ours - published
    return {
        "cells": len(ours),
        "spearman": float(stats.spearmanr(published, ours).statistic),
        "kendall": float(stats.kendalltau(published, ours).statistic),
        "mean_difference": float(differences.mean()),
        "standard_error": float(differences.std(ddof=1) / np.sqrt(len(ours))),
        "standard_error_expected": NOISE[4] * float(np.sqrt(2 / len(ours))),
        "mean_absolute_difference": float(np.abs(differences).mean()),
        "mean_absolute_difference_expected": NOISE[4] * float(2 / np.sqrt(np.pi)),
    }


def main() -> None:
    rows = read_results(Path(sys.argv[1]))
    if len(rows) < 3:
        sys.exit(f"{len(rows)} cells are trained so far; statistics need three")
    published = np.array([row["published"] for row in rows])
    accuracies = {name: np.array([row[key] for row in rows]) for name, key in SETS.items()}
    found = {name: agreement(published, ours) for name, ours in accuracies.items()}
    runs = read_inception_runs()
    total_time_s = sum(row["total_time_s"] for row in [*rows, *runs])
    inception = {"agreement": inception_agreement(runs), "trainings": runs}
    write_json(STATISTICS, {"agreement": found, "total_time_s": total_time_s, "cells": rows, "inception": inception})
    panels = [(f"{name} running statistics", published, ours) for name, ours in accuracies.items()]
    title = "Validation accuracy of the same cells"
    draw_scatter(PICTURE, panels, "published, 4 epochs", "retrained", title, same_limits=True)

    print("| cell | GFLOP | published | first shard's | both shards' | minutes |\n|---|---|---|---|---|---|")
    for row in sorted(rows, key=lambda row: row["published"]):
        print(
            f"| `{row['hash'][:8]}` | {row['gflops']:.2f} | {row['published']:.3f} | {row['ours']:.3f} "
            f"| {row['ours_both_shards']:.3f} | {row['total_time_s'] / 60:.0f} |"
        )
    print(f"\n| over {len(rows)} cells | first shard's | both shards' | two perfect replicas |\n|---|---|---|---|")
    first, both = found.values()
    print(f"| Spearman | {first['spearman']:.2f} | {both['spearman']:.2f} | |")
    print(f"| Kendall | {first['kendall']:.2f} | {both['kendall']:.2f} | |")
    shown = [f"{one['mean_difference']:+.3f} ± {one['standard_error']:.3f}" for one in (first, both)]
    print(
        f"| mean difference ± standard error | {shown[0]} | {shown[1]} | 0 ± {first['standard_error_expected']:.3f} |"
    )
    shown = [f"{one['mean_absolute_difference']:.3f}" for one in (first, both)]
    expected = first["mean_absolute_difference_expected"]
    print(f"| mean absolute difference | {shown[0]} | {shown[1]} | {expected:.3f} |")
    print("", *inception_lines(runs), "", sep="\n")
    for one in inception["agreement"]:
        print(
            f"{one['epochs']} epochs, {one['precision']}, {one['runs']} trainings: "
            f"mean difference {one['mean_difference']:+.3f} ± {one['standard_error']:.3f}"
        )
    print(f"\nTotal: {total_time_s / 3600:.1f} hours.")


if __name__ == "__main__":
    main()
