"""Pictures of a table's trainings: their loss by epoch, or their accuracies halfway and at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.pictures.metrics import accuracy_of, budget_of, epochs_text, words
from nasbench_pytorch.plots.learning_curves import MOST_CURVES, CurvePanel, curves_figure, evenly_chosen
from nasbench_pytorch.table.queries import metric_values
from nasbench_pytorch.table.storage.fields import STAGES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nasbench_pytorch.table.storage.table_file import TableFile

Numbers = npt.NDArray[np.float64]

CURVE = "curve"
"""Column of a campaign's table: mean training loss of each epoch."""


def learning_figure(table: TableFile, metric: str | None = None, epochs: int | None = None, title: str = "") -> Figure:
    """Draw the learning curves of a table's trainings, a panel for each budget.

    A table that a campaign wrote has the loss of each epoch. Of another table, the accuracies at the start, halfway and
    at the end are drawn, as far as it has them.

    Args:
        table: the table.
        metric: accuracy that colours the curves; None for the first of test, validation and training accuracy that the
            table has.
        epochs: draw this budget alone; None for all.
        title: text above the picture.

    Raises:
        InputError: the table has no such metric, or its trainings have one evaluation each and no losses.
        OutOfDomainError: the table lacks the budget.
        MissingExtraError: matplotlib is not installed.
    """
    metric = accuracy_of(table, metric)
    budgets = list(table.metadata.epochs) if epochs is None else [budget_of(table, epochs)]
    if CURVE in table.extra_columns:
        panels = [_losses(table, metric, budget) for budget in budgets]
        return curves_figure(panels, colour_label=words(metric), title=title)
    panels = [_accuracies(table, metric, budget) for budget in budgets]
    return curves_figure(panels, y_label=words(metric), colour_label=f"final {words(metric)}", title=title)


def _losses(table: TableFile, metric: str, epochs: int) -> CurvePanel:
    rows, finals = _rows(table, metric, epochs)
    import pyarrow as pa

    values = np.full((len(rows), epochs), np.nan)
    for line, losses in zip(values, table.extra_column(CURVE).take(pa.array(rows)).to_pylist(), strict=True):
        known = [np.nan if loss is None else loss for loss in losses or []][:epochs]
        line[: len(known)] = known
    return CurvePanel(_title(table, epochs, len(rows)), np.arange(1, epochs + 1, dtype=np.float64), values, finals)


def _accuracies(table: TableFile, metric: str, epochs: int) -> CurvePanel:
    if metric not in ("train_accuracy", "validation_accuracy", "test_accuracy"):
        raise InputError(f"{metric} has no value at the start and halfway; name one of the three accuracies")
    rows, finals = _rows(table, metric, epochs)
    absent = table.metadata.absent_fields
    stages = {
        stage: share for stage, share in zip(STAGES, (0.0, 0.5, 1.0), strict=True) if stage + metric not in absent
    }
    if len(stages) < 2:
        raise InputError(
            f"{table.path.name} has one evaluation of each training and no losses, so there is no curve to draw"
        )
    values = np.column_stack([metric_values(table, stage + metric, rows) for stage in stages])
    points = np.array(list(stages.values())) * epochs
    return CurvePanel(_title(table, epochs, len(rows)), points, values, finals)


def _rows(table: TableFile, metric: str, epochs: int) -> tuple[npt.NDArray[np.int64], Numbers]:
    """Return the rows to draw, evenly spread over the final accuracies, and these accuracies."""
    rows = np.flatnonzero(table.epochs == epochs)
    finals = metric_values(table, metric, rows)
    known = np.flatnonzero(~np.isnan(finals))
    chosen = known[evenly_chosen(finals[known], MOST_CURVES)]
    return rows[chosen], finals[chosen]


def _title(table: TableFile, epochs: int, drawn: int) -> str:
    trainings = int((table.epochs == epochs).sum())
    return f"{epochs_text(epochs)}: {f'{drawn:,} of ' if drawn < trainings else ''}{trainings:,} trainings"
