"""A training result as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.cli.shared.quantities import counted

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation, RunResult


def describe_result(result: RunResult) -> list[str]:
    """Return lines about a training: cell, data, evaluations, status, times and device."""
    lines = [
        f"cell {result.hash or '(outside the table)'}, {result.trainable_parameters:,} trainable parameters, "
        f"{result.data['name']} ({result.data['source']}), seed {result.seed}",
        "",
        *evaluation_table(result.evaluations),
        "",
    ]
    if result.status == "truncated":
        lines.append("truncated: stopped by train_seconds before the end of its schedule; not a complete training")
    if result.status == "failed":
        lines.append(f"failed: the loss became NaN in each of {counted(result.attempts, 'attempt')}")
    environment = result.environment
    lines.append(
        f"{result.training_time_s:.1f} s of training, {result.total_time_s:.1f} s in all, on "
        f"{environment.get('device_name') or environment.get('device')} "
        f"({environment.get('precision')}, {counted(environment.get('threads'), 'thread')})"
    )
    return lines


def evaluation_table(evaluations: list[Evaluation]) -> list[str]:
    """Return a heading and one line for each evaluation."""
    lines = ["epochs   steps   train  validation    test"]
    for item in evaluations:
        validation = "-" if item.validation_accuracy is None else f"{item.validation_accuracy:.4f}"
        lines.append(
            f"{item.epochs:>6g}  {item.steps:>6}  {item.train_accuracy:.4f}  {validation:>10}  {item.test_accuracy:.4f}"
        )
    return lines
