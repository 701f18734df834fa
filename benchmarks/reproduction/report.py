"""Comparison of the retrained cells with the published values: statistics as JSON and Markdown, and a scatter plot.

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
from benchmarks.reproduction.inception import (
    NOISE,
    PUBLISHED,
    inception_agreement,
    inception_lines,
    read_inception_runs,
)
from nasbench_pytorch.files import write_json
from nasbench_pytorch.plots.scatter import draw_scatter

RESULTS = CELLS.parent.parent
STATISTICS = RESULTS / "reproduction.json"
PICTURE = RESULTS / "reproduction.png"
SETS = {"first shard's": "ours", "both shards'": "ours_both_shards"}
ALIKE = 0.01
"""Accuracies that differ by less count as equal; see `similar_cells`."""

FEWEST = 3
"""Minimum number of cells for a statement about their agreement."""


def similar_cells(cells: list[dict[str, Any]], published: dict[int, float], epochs: int) -> npt.NDArray[np.float64]:
    """Return the table's accuracies at `epochs` of the cells that equal one cell at 36 and at 108 epochs.

    Results of such long trainings vary little, so the differences of these cells at fewer epochs are mostly
    run-to-run noise: they are an upper limit of it.

    Args:
        cells: published cells, from `read_sample`.
        published: accuracies of the one cell, by epochs.
        epochs: below 36.

    Returns:
        Published accuracies, shape (cells,).
    """
    near = [
        cell["published_validation"][epochs]
        for cell in cells
        if all(abs(cell["published_validation"][e] - published[e]) < ALIKE for e in (36, 108))
    ]
    return np.array(near)


def describe_similar(near: npt.NDArray[np.float64]) -> dict[str, float]:
    """Return mean, standard deviation and number of the accuracies from `similar_cells`."""
    return {"mean": float(near.mean()), "standard_deviation": float(near.std(ddof=1)), "cells": len(near)}


def read_results(cells: list[dict[str, Any]], epochs: int) -> list[dict[str, Any]]:
    """Read published and our accuracy of each listed cell that is trained at `epochs`, in the order of the list.

    Args:
        cells: published cells, from `read_sample`.
        epochs: one of `LISTS`.
    """
    sample = {cell["hash"]: cell for cell in cells}
    rows = []
    for listed in json.loads(LISTS[epochs].read_text()):
        module_hash = listed if isinstance(listed, str) else listed["hash"]
        path = result_path(module_hash, epochs)
        if path.exists():
            result = json.loads(path.read_text())
            published = sample[module_hash]["published_validation"]
            rows.append(
                {
                    "hash": module_hash,
                    "published_alike": describe_similar(similar_cells(cells, published, epochs)),
                    "gflops": sample[module_hash]["gflops"],
                    "published": published[epochs],
                    "ours": result["evaluations"][-1]["validation_accuracy"],
                    "ours_both_shards": result["both_shards_statistics"][-1]["validation_accuracy"],
                    "training_time_s": result["training_time_s"],
                    "total_time_s": result["total_time_s"],
                }
            )
    return rows


def accuracies(rows: list[dict[str, Any]], key: str) -> npt.NDArray[np.float64]:
    """Return one number of every cell, shape (cells,)."""
    return np.array([row[key] for row in rows])


def agreement(rows: list[dict[str, Any]], key: str, noise: float) -> dict[str, float]:
    """Measure the agreement of our accuracies with the published ones; differences are ours less the published value.

    Args:
        rows: at least `FEWEST` cells.
        key: which of our accuracies, a value of `SETS`.
        noise: standard deviation between repeats of the table.
    """
    published, ours = accuracies(rows, "published"), accuracies(rows, key)
    differences = ours - published
    from_alike = ours - np.array([row["published_alike"]["mean"] for row in rows])
    return {
        "cells": len(ours),
        "spearman": float(stats.spearmanr(published, ours).statistic),
        "kendall": float(stats.kendalltau(published, ours).statistic),
        "mean_difference": float(differences.mean()),
        "standard_error": float(stats.sem(differences)),
        "mean_difference_from_alike": float(from_alike.mean()),
        "standard_error_from_alike": float(stats.sem(from_alike)),
        "standard_error_expected": noise * float(np.sqrt(2 / len(ours))),
        "mean_absolute_difference": float(np.abs(differences).mean()),
        "mean_absolute_difference_expected": noise * float(2 / np.sqrt(np.pi)),
    }


def cell_lines(rows: list[dict[str, Any]]) -> list[str]:
    """Make a Markdown table of the cells, in the order of their published accuracy."""
    lines = [
        "| cell | GFLOP | published | of similar cells | first shard's | both shards' | minutes |",
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
    """Make a Markdown table of `agreement`, with the values of two perfect replicas."""
    first, both = found.values()
    differences, from_alike = (
        [f"{one['mean_difference' + which]:+.3f} ± {one['standard_error' + which]:.3f}" for one in (first, both)]
        for which in ("", "_from_alike")
    )
    sizes = [f"{one['mean_absolute_difference']:.3f}" for one in (first, both)]
    expected = first["standard_error_expected"], first["mean_absolute_difference_expected"]
    return [
        f"| over {first['cells']} cells | {' | '.join(found)} | two perfect replicas |",
        "|---|---|---|---|",
        f"| Spearman | {first['spearman']:.2f} | {both['spearman']:.2f} | |",
        f"| Kendall | {first['kendall']:.2f} | {both['kendall']:.2f} | |",
        f"| mean difference ± standard error | {' | '.join(differences)} | 0 ± {expected[0]:.3f} |",
        f"| the same from the mean of similar cells | {' | '.join(from_alike)} | |",
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
    published = {epochs: float(np.mean(repeats["final"])) for epochs, repeats in PUBLISHED.items()}
    as_inception = {epochs: similar_cells(sample, published, epochs) for epochs in LISTS}
    total_time_s = sum(run["total_time_s"] for run in [*runs, *(row for rows in cells.values() for row in rows)])
    write_json(
        STATISTICS,
        {
            "total_time_s": total_time_s,
            "agreement": found,
            "cells": cells,
            "inception": {
                "agreement": inception,
                "published_alike": {epochs: describe_similar(near) for epochs, near in as_inception.items()},
                "trainings": runs,
            },
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
    for epochs, near in as_inception.items():
        quantiles = " ".join(f"{share:.0%} {np.quantile(near, share):.3f}" for share in (0.05, 0.25, 0.5, 0.75, 0.95))
        print(f"{epochs} epochs, {len(near)} similar cells: {near.mean():.3f} ± {near.std(ddof=1):.3f}; {quantiles}")
    print(f"\nTotal: {total_time_s / 3600:.1f} hours.")


if __name__ == "__main__":
    main()
