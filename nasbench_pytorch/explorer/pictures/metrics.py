"""Displayed names of metrics and budgets, and which of them a table has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.overview import accuracies_of
from nasbench_pytorch.table.queries import cell_means, check_epochs, default_epochs

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.encoded_column import Doubles
    from nasbench_pytorch.table.storage.table_file import TableFile


def accuracy_of(table: TableFile, metric: str | None = None) -> str:
    """Return the metric, or the first accuracy that the table has: of test, validation and training images.

    Raises:
        InputError: no metric is given, and the table has no accuracy.
    """
    if metric is not None:
        return metric
    present = accuracies_of(table)
    if not present:
        raise InputError(f"{table.path.name} has no accuracy at the end of a training; name a metric with --metric")
    return present[0]


def budget_of(table: TableFile, epochs: int | None) -> int:
    """Return the epochs, or the default budget of the table.

    Raises:
        OutOfDomainError: the table lacks the budget.
    """
    epochs = default_epochs(table) if epochs is None else epochs
    check_epochs(table, epochs)
    return epochs


def parameters_of(table: TableFile) -> Doubles:
    """Return the trainable parameters of each cell, shape (cells,); NaN where unknown."""
    values, unknown = table.parameters
    return values.astype(np.float64) if unknown is None else np.where(unknown, np.nan, values)


def training_times_of(table: TableFile, epochs: int) -> Doubles | None:
    """Return each cell's mean training time in seconds, shape (cells,); None if the table has no times."""
    if "training_time" in table.metadata.absent_fields:
        return None
    return cell_means(table, "training_time", epochs)[0]


def words(metric: str) -> str:
    """Return a metric's name as words."""
    return metric.replace("_", " ")


def epochs_text(epochs: int) -> str:
    """Return `1 epoch`, `108 epochs`."""
    return f"{epochs} epoch{'' if epochs == 1 else 's'}"
