"""Curve of one training: loss, learning rate, and the accuracies of its evaluations."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.plots.figures import INK, PALETTE, new_figure, save_figure, set_title, style_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Name, colour, and what tells lines apart that lie over each other: the first is the broadest, the last on top.
_SETS = (
    ("train", PALETTE[0], {"linewidth": 5, "alpha": 0.45, "marker": "s", "markersize": 9}),
    ("validation", PALETTE[1], {"linewidth": 2.5, "marker": "o", "markersize": 6}),
    ("test", PALETTE[2], {"linewidth": 1.2, "linestyle": "--", "marker": "x", "markersize": 6}),
)
_RATE = PALETTE[4]


def draw_training_curve(
    path: str | os.PathLike[str],
    history: Sequence[Mapping[str, float]],
    evaluations: Sequence[Mapping[str, Any]],
    title: str,
) -> None:
    """Draw the curve of a training as PNG, SVG or PDF.

    Args:
        path: the picture; its suffix gives the format.
        history: `epochs`, `loss` and `learning_rate` every few steps.
        evaluations: `epochs` and `train_accuracy`, `validation_accuracy` (may be None), `test_accuracy`.
        title: text above the picture.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InputError: the suffix is none of the three.
    """
    save_figure(training_figure(history, evaluations, title), path)


def training_figure(
    history: Sequence[Mapping[str, float]], evaluations: Sequence[Mapping[str, Any]], title: str = ""
) -> Figure:
    """Draw the curve of a training; see `draw_training_curve`."""
    figure = new_figure(7.5, 5.5)
    loss_axes, accuracy_axes = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    set_title(figure, title)
    epochs = [line["epochs"] for line in history]
    loss_axes.plot(epochs, [line["loss"] for line in history], color=INK, linewidth=1.2)
    loss_axes.set_ylabel("training loss (with L2)")
    rate_axes = loss_axes.twinx()
    rate_axes.plot(epochs, [line["learning_rate"] for line in history], color=_RATE, linewidth=1, linestyle="--")
    rate_axes.set_ylabel("learning rate (dashed)", color=_RATE)
    rate_axes.set_ylim(bottom=0)
    for name, colour, style in _SETS:
        points = [(e["epochs"], e[f"{name}_accuracy"]) for e in evaluations if e[f"{name}_accuracy"] is not None]
        if points:
            label = f"{name} {points[-1][1]:.3f}"
            accuracy_axes.plot(*zip(*points, strict=True), color=colour, label=label, **style)
    accuracy_axes.set_ylim(0, 1)
    accuracy_axes.set_ylabel("accuracy")
    accuracy_axes.set_xlabel("epochs")
    if accuracy_axes.lines:
        # Above the axes, where no line can be.
        accuracy_axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False, ncols=3)
    for axes in (loss_axes, accuracy_axes):
        style_axes(axes)
    rate_axes.spines[["top", "left", "bottom"]].set_visible(False)
    rate_axes.tick_params(labelsize=8)
    return figure
