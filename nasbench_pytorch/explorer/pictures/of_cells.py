"""Pictures of a table's cells: accuracy over cost, agreement of budgets, and sheets of drawn cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.pictures.metrics import (
    accuracy_of,
    budget_of,
    epochs_text,
    parameters_of,
    training_times_of,
    words,
)
from nasbench_pytorch.plots.budgets import budgets_figure
from nasbench_pytorch.plots.cost_scatter import cost_figure
from nasbench_pytorch.plots.learning_curves import evenly_chosen
from nasbench_pytorch.space.presets import NAMED_CELLS
from nasbench_pytorch.space.spec import ModelSpec, hash_or_none
from nasbench_pytorch.table.queries import cell_means, sort_keys
from nasbench_pytorch.table.storage.row_reader import RowReader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from nasbench_pytorch.table.storage.table_file import TableFile

Order = Literal["best", "worst", "spread"]

_MARKED = {"inception": "Inception-like", "resnet20": "ResNet-like", "best": "best of the paper"}
"""Named cells that a scatter plot marks, with their texts in its legend."""


def scatter_figure(
    table: TableFile,
    metric: str | None = None,
    epochs: int | None = None,
    title: str = "",
    paths: Mapping[str, Sequence[int]] | None = None,
) -> Figure:
    """Draw the mean accuracy of all cells over training time and over parameters, as the paper does.

    The Inception-like, the ResNet-like and the paper's best cell are marked where the table has them.

    Args:
        table: the table.
        metric: the accuracy; None for the first of test, validation and training accuracy that the table has.
        epochs: the budget; None for 108, or the largest.
        title: text above the picture.
        paths: name → rows of the table that are joined in their order, in place of the marked cells.

    Raises:
        InputError: the table has no such metric, or neither times nor parameters.
        OutOfDomainError: the table lacks the budget.
        MissingExtraError: matplotlib is not installed.
    """
    metric, epochs = accuracy_of(table, metric), budget_of(table, epochs)
    accuracies, _ = cell_means(table, metric, epochs)
    times, parameters = training_times_of(table, epochs), parameters_of(table)
    costs = {} if times is None else {"mean training time (s)": times}
    if not np.isnan(parameters).all():
        costs["trainable parameters"] = parameters
    if not costs:
        raise InputError(f"{table.path.name} has neither training times nor parameters to draw accuracies over")
    label = f"mean {words(metric)}, {epochs_text(epochs)}"
    marked = _named_cells(table) if paths is None else None
    return cost_figure(costs, accuracies, y_label=label, marked=marked, paths=paths, title=title)


def correlations_figure(table: TableFile, metric: str | None = None, title: str = "") -> Figure:
    """Draw how the accuracies at the table's budgets agree.

    Args:
        table: the table.
        metric: as in `scatter_figure`.
        title: text above the picture.

    Raises:
        InputError: the table has no such metric.
        MissingExtraError: matplotlib is not installed.
    """
    metric = accuracy_of(table, metric)
    accuracies = {epochs: cell_means(table, metric, epochs)[0] for epochs in table.metadata.epochs}
    return budgets_figure(accuracies, name=f"mean {words(metric)}", title=title)


@dataclass(frozen=True)
class DrawnCell:
    """A cell of a sheet.

    Attributes:
        cell: its number in the table.
        rank: 1 for the best of the table; equal cells share a rank.
        value: its mean of the metric.
        spec: the cell.
    """

    cell: int
    rank: int
    value: float
    spec: ModelSpec


def cells_of_sheet(
    table: TableFile, count: int, metric: str | None = None, epochs: int | None = None, order: Order = "best"
) -> list[DrawnCell]:
    """Choose cells for a sheet, sorted from the best to the worst.

    Args:
        table: the table.
        count: at most so many cells.
        metric: as in `scatter_figure`.
        epochs: as in `scatter_figure`.
        order: `best` and `worst` are the ends of the order; `spread` goes from the best to the worst in equal steps of
            the rank.

    Raises:
        InputError: `count` is below 1, the table has no such metric, or no cell has a value.
        OutOfDomainError: the table lacks the budget.
    """
    if count < 1:
        raise InputError(f"a sheet needs at least 1 cell, got {count}")
    metric, epochs = accuracy_of(table, metric), budget_of(table, epochs)
    means, _ = cell_means(table, metric, epochs)
    keys = sort_keys(metric, means)
    known = int((~np.isnan(keys)).sum())
    if not known:
        raise InputError(f"no cell of {table.path.name} has a {metric} at {epochs_text(epochs)}")
    ranking = np.argsort(keys, kind="stable")[:known]
    chosen = {
        "best": ranking[:count],
        "worst": ranking[-count:],
        "spread": ranking[evenly_chosen(keys[ranking], count)],
    }[order]
    ranks = np.searchsorted(keys[ranking], keys[chosen]) + 1
    reader = RowReader(table)
    drawn = []
    for cell, rank in zip(chosen.tolist(), ranks.tolist(), strict=True):
        graph = reader.cell(cell)
        spec = ModelSpec(graph["module_adjacency"], graph["module_operations"])
        drawn.append(DrawnCell(cell, rank, float(means[cell]), spec))
    return drawn


def _named_cells(table: TableFile) -> dict[str, int]:
    """Return name → number of the cells that every reader knows, if the table has them."""
    marked = {}
    for name, text in _MARKED.items():
        module_hash = hash_or_none(NAMED_CELLS[name].spec)
        cell = None if module_hash is None else table.find(module_hash)
        if cell is not None:
            marked[text] = cell
    return marked
