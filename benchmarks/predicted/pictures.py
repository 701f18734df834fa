"""The pictures of docs/results/predicted.md."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from benchmarks.predicted.sample import Sample

Floats = npt.NDArray[np.float64]
BUDGETS = (4, 12, 36, 108)


def draw(
    path: Path,
    predicted: Floats,
    score: Floats,
    true: Floats,
    unseen: npt.NDArray[np.bool_],
    fitted: dict[str, Floats],
    sample: Sample,
) -> None:
    """Predicted against true, residuals by accuracy, quantiles; below, single trainings at each budget."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 4, figsize=(17, 8.4), constrained_layout=True)
    good = unseen & (true > 0.8)
    axes[0, 0].hexbin(score[good], true[good], gridsize=90, bins="log", extent=(0.8, 0.945, 0.8, 0.945), cmap="viridis")
    axes[0, 0].plot([0.8, 0.945], [0.8, 0.945], "w-", lw=0.8)
    axes[0, 0].set(xlabel="predicted", ylabel="true", title="Mean test accuracy, 108 epochs: cells never seen")
    _residuals(axes[0, 1], score[good], true[good])
    shares = np.linspace(0.001, 0.9999, 2000)
    for values, label in ((true, "true"), (predicted, "predicted table")):
        axes[0, 2].plot(-np.log10(1 - shares), np.quantile(values, shares), label=label)
    axes[0, 2].set(xlabel="−log₁₀(share of better cells)", ylabel="mean test accuracy", title="Quantiles")
    axes[0, 2].set_ylim(0.84, 0.945)
    axes[0, 2].legend()
    top = np.argsort(-score)[:20_000]
    counts = np.unique(np.geomspace(1, len(top), 200).astype(int))
    so_far = np.cumsum(true[top])
    axes[0, 3].semilogx(counts, so_far[counts - 1] / counts, label="their true mean")
    axes[0, 3].semilogx(counts, np.maximum.accumulate(true[top])[counts - 1], label="their true best")
    axes[0, 3].axhline(true.max(), color="gray", lw=0.8, ls=":")
    axes[0, 3].set(xlabel="cells predicted best", title="The upper tail", ylim=(0.91, 0.945))
    axes[0, 3].legend()
    for column, epochs in enumerate(BUDGETS):
        axis = axes[1, column]
        healthy = sample.healthy
        pair = fitted["accuracy_unseen"][healthy, column], sample.validation[healthy, column]
        low = float(np.quantile(np.concatenate(pair), 0.005))
        high = float(max(values.max() for values in pair))
        axis.hexbin(*pair, gridsize=70, bins="log", extent=(low, high, low, high), cmap="viridis")
        axis.plot([low, high], [low, high], "w-", lw=0.8)
        kind = "best of three" if epochs == 108 else "one training"
        axis.set(xlabel="expected, cell left out", ylabel=kind, title=f"Validation accuracy, {epochs} epochs")
    figure.suptitle("The predicted table of NAS-Bench-101 (predictions, not measurements) against published values")
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _residuals(axis: Any, score: Floats, true: Floats) -> None:
    """Median and 5 to 95 % of true minus predicted, by predicted accuracy."""
    edges = np.quantile(score, np.linspace(0, 1, 41))
    inside = [(score >= low) & (score <= high) for low, high in itertools.pairwise(edges)]
    groups = [(true - score)[chosen] for chosen in inside]
    middle = (edges[1:] + edges[:-1]) / 2
    low, quarter, median, three, high = np.array([np.quantile(g, [0.05, 0.25, 0.5, 0.75, 0.95]) for g in groups]).T
    axis.fill_between(middle, low, high, alpha=0.2, label="5 to 95 %")
    axis.fill_between(middle, quarter, three, alpha=0.4, label="25 to 75 %")
    axis.plot(middle, median, label="median")
    axis.axhline(0, color="gray", lw=0.8)
    axis.set(xlabel="predicted", ylabel="true − predicted", title="Residuals by accuracy", ylim=(-0.04, 0.04))
    axis.legend()
