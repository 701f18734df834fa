"""Claim: the package's small table is informative: cells differ by more than repeats of one cell.

Reads the campaign that made the table and the table itself; prints its cost, failures, noise between repeats and
correlations as Markdown, writes them to docs/results/mini.json and draws docs/results/mini.png. docs/results/mini.md
describes the training.

    python benchmarks/mini_campaign.py CAMPAIGN_FOLDER TABLE.arrow
"""

from __future__ import annotations

import argparse
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.ledger.reader import read_ledger
from nasbench_pytorch.files import write_json
from nasbench_pytorch.plots.figures import new_figure, save_figure
from nasbench_pytorch.table.queries import cell_means, lookup
from nasbench_pytorch.table.storage.table_file import TableFile

RESULTS = Path(__file__).parent.parent / "docs" / "results"
ACCURACIES = ("validation_accuracy", "test_accuracy")
# Criteria of acceptance, both at the largest budget.
LEAST_MEDIAN, LEAST_SPEARMAN = 0.30, 0.5

Accuracies = npt.NDArray[np.float64]


def cost(folder: Path) -> dict[str, Any]:
    """Return the campaign's time, and how often it was stopped or a training failed."""
    status = read_status(folder)
    with read_ledger(folder) as reader:
        endings = reader.session_endings()
    return {
        "trials": {budget.epochs: budget.trials for budget in status.budgets},
        "hours": {budget.epochs: budget.total_time_s / 3600 for budget in status.budgets},
        "images_per_s": status.images_per_s,
        "failed_attempts": status.failed_tries,
        "endings_of_sessions": dict(endings),
    }


def repeats(table: TableFile, metric: str, epochs: int) -> Accuracies:
    """Return a metric of every cell and repeat, shape (cells, repeats); NaN if the training is missing."""
    cells = np.arange(table.cells)
    return np.stack([lookup(table, cells, metric, epochs, repeat) for repeat in range(table.metadata.repeats)], axis=1)


def quality(table: TableFile, metric: str, epochs: int) -> dict[str, float]:
    """Return spread between cells, noise between repeats, and agreement of repeats about the order of cells."""
    found = repeats(table, metric, epochs)
    complete = found[~np.isnan(found).any(axis=1)]
    means = complete.mean(axis=1)
    pairs = combinations(complete.T, 2)
    return {
        "cells": len(complete),
        "median": float(np.median(means)),
        "lowest": float(means.min()),
        "highest": float(means.max()),
        "spread_of_cells": float(means.std(ddof=1)),
        "noise_of_a_repeat": float(np.sqrt(complete.var(axis=1, ddof=1).mean())),
        "spearman_between_repeats": float(np.mean([spearman(one, other) for one, other in pairs])),
    }


def spearman(first: Accuracies, second: Accuracies) -> float:
    """Return Spearman's correlation over the cells that have both."""
    both = ~np.isnan(first) & ~np.isnan(second)
    return float(stats.spearmanr(first[both], second[both]).statistic)


def draw(path: Path, table: TableFile) -> None:
    """Draw parameters against accuracy at each budget, and the first repeat against the second."""
    parameters = table.parameters[0] / 1e3
    figure = new_figure(9.2, 4.0)
    scatter, pair = figure.subplots(1, 2, width_ratios=(1.35, 1))
    for epochs, colour in zip(table.metadata.epochs, ("#f58518", "#4c78a8"), strict=True):
        means = cell_means(table, "validation_accuracy", epochs)[0]
        scatter.scatter(parameters, means, s=22, alpha=0.75, linewidths=0, color=colour, label=f"{epochs} epochs")
    scatter.set(xscale="log", xlabel="trainable parameters, thousands", ylabel="validation accuracy, mean of repeats")
    scatter.set_xticks([3, 10, 30, 100], labels=["3", "10", "30", "100"])
    scatter.legend(frameon=False, loc="upper left")
    longest = table.metadata.epochs[-1]
    first, second = repeats(table, "validation_accuracy", longest).T[:2]
    limits = np.array([np.nanmin([first, second]) - 0.02, np.nanmax([first, second]) + 0.02])
    pair.plot(limits, limits, color="#999999", linewidth=0.8, linestyle="--")
    pair.scatter(first, second, s=22, alpha=0.75, linewidths=0, color="#4c78a8")
    pair.set(xlim=limits, ylim=limits, aspect="equal", xticks=pair.get_yticks()[1:-1])
    pair.set(xlabel=f"first repeat, validation accuracy at {longest} epochs", ylabel="second repeat")
    for axes in (scatter, pair):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    save_figure(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("folder", type=Path, help="the campaign's folder")
    parser.add_argument("table", type=Path, help="its export by `nasbench campaign export`")
    arguments = parser.parse_args()
    table = TableFile(arguments.table)
    budgets = table.metadata.epochs
    short, long = (cell_means(table, "validation_accuracy", epochs)[0] for epochs in (budgets[0], budgets[-1]))
    found: dict[str, Any] = {
        "cost": cost(arguments.folder),
        "quality": {epochs: {metric: quality(table, metric, epochs) for metric in ACCURACIES} for epochs in budgets},
        "spearman_between_budgets": spearman(short, long),
        "spearman_of_parameters_and_accuracy": spearman(table.parameters[0].astype(np.float64), long),
    }
    write_json(RESULTS / "mini.json", found)
    draw(RESULTS / "mini.png", table)
    show(found, budgets[-1])


def show(found: dict[str, Any], longest: int) -> None:
    taken = found["cost"]
    print("| epochs | trained | failed | hours of one thread |\n|---|---|---|---|")
    for epochs, trials in taken["trials"].items():
        print(f"| {epochs} | {trials.get('finished', 0)} | {trials.get('failed', 0)} | {taken['hours'][epochs]:.1f} |")
    print(f"\n{taken['images_per_s']:.0f} images/s; failed tries {taken['failed_attempts']}; ", end="")
    print(f"how the driver's sessions ended: {taken['endings_of_sessions']}\n")
    print("| epochs | accuracy | median | lowest … highest | between cells | between repeats | Spearman of repeats |")
    print("|---|---|---|---|---|---|---|")
    for epochs, metrics in found["quality"].items():
        for metric, one in metrics.items():
            limits = f"{one['lowest']:.3f} … {one['highest']:.3f}"
            deviations = f"{one['spread_of_cells']:.3f} | {one['noise_of_a_repeat']:.3f}"
            print(
                f"| {epochs} | {metric.partition('_')[0]} | {one['median']:.3f} | {limits} | {deviations} "
                f"| {one['spearman_between_repeats']:.2f} |"
            )
    print(f"\nSpearman between the budgets {found['spearman_between_budgets']:.2f}, ", end="")
    print(f"between parameters and accuracy {found['spearman_of_parameters_and_accuracy']:.2f}")
    best = found["quality"][longest]["validation_accuracy"]
    accepted = best["median"] >= LEAST_MEDIAN and best["spearman_between_repeats"] >= LEAST_SPEARMAN
    print(f"accepted (median ≥ {LEAST_MEDIAN}, Spearman ≥ {LEAST_SPEARMAN}): {'yes' if accepted else 'no'}")


if __name__ == "__main__":
    main()
