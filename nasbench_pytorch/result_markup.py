"""What notebooks and reports show of a training's result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nasbench_pytorch.markup import Markup, element, facts_markup, table_markup

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation, RunResult

_SETS = ("train", "validation", "test")


def facts_of_result(result: RunResult) -> Markup:
    """Return status, size, times and hash of a training."""
    return facts_markup(
        {
            "status": result.status,
            "parameters": f"{result.trainable_parameters:,} trainable",
            "training": f"{result.training_time_s:,.1f} s in training steps",
            "in all": f"{result.total_time_s:,.1f} s, evaluations and failed attempts included",
            "attempts": result.attempts,
            "hash": element("code", result.hash, class_="hash") if result.hash else None,
        }
    )


def evaluations_table(evaluations: Sequence[Evaluation]) -> Markup:
    """Return a table with a line for each evaluation."""
    headings = ["epochs", "steps", "time (s)", *_SETS, *(f"{name} loss" for name in _SETS)]
    rows = [
        [
            f"{item.epochs:g}",
            f"{item.steps:,}",
            f"{item.training_time_s:,.1f}",
            *(_number(getattr(item, f"{name}_accuracy")) for name in _SETS),
            *(_number(getattr(item, f"{name}_loss")) for name in _SETS),
        ]
        for item in evaluations
    ]
    return table_markup(headings, rows, caption="Accuracies and losses at each evaluation")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
