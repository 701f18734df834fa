"""What notebooks and reports show of a table: its budgets, and the spread of its accuracies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.markup import Markup, element, facts_markup, table_markup
from nasbench_pytorch.space.drawing import cell_cards
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.table.queries import best, cell_means, default_epochs
from nasbench_pytorch.table.storage.row_reader import RowReader

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

ACCURACIES = ("test_accuracy", "validation_accuracy", "train_accuracy")

_BEST = 4


def accuracies_of(table: TableFile) -> list[str]:
    """Return the final accuracies that a table has: of test, validation and training images; none without results."""
    if not table.rows:
        return []
    return [name for name in ACCURACIES if name not in table.metadata.absent_fields]


def budgets_table(table: TableFile) -> Markup:
    """Return a line for each budget: trainings, cells, and the spread of the cells' mean accuracies."""
    metric = next(iter(accuracies_of(table)), None)
    rows = []
    for epochs in table.metadata.epochs:
        row = [f"{epochs} epoch{'' if epochs == 1 else 's'}", f"{int((table.epochs == epochs).sum()):,}"]
        if metric is not None:
            means, count = cell_means(table, metric, epochs)
            known = means[~np.isnan(means)]
            quantiles = np.quantile(known, (0, 0.25, 0.5, 0.75, 1)) if len(known) else np.full(5, np.nan)
            row += [f"{int((count > 0).sum()):,}", *map(fraction_text, quantiles)]
        rows.append(row)
    headings = ["budget", "trainings"]
    if metric is not None:
        headings += ["cells with results", "worst", "quartile", "median", "quartile", "best"]
    caption = None if metric is None else f"Of mean {metric.replace('_', ' ')} over a cell's repeats"
    return table_markup(headings, rows, left=(0,), caption=caption)


def table_overview(table: TableFile) -> Markup:
    """Return what a notebook shows of a table: size, description, budgets, and its best cells."""
    about = str(table.metadata.about.get("text", ""))
    facts = {
        "table": table.path.name,
        "cells": f"{table.cells:,}",
        "trainings": f"{table.rows:,}",
        "about": about or None,
    }
    return element("div", facts_markup(facts), budgets_table(table), _best_cells(table))


def fraction_text(value: float) -> str:
    """Return an accuracy with four digits; a dash for NaN."""
    return "–" if np.isnan(value) else f"{value:.4f}"


def _best_cells(table: TableFile) -> Markup | None:
    metrics = accuracies_of(table)
    if not metrics:
        return None
    epochs = default_epochs(table)
    reader, cards = RowReader(table), []
    for found in best(table, metrics[0], epochs, _BEST):
        cell = table.find(found.hash)
        assert cell is not None
        graph = reader.cell(cell)
        spec = ModelSpec(graph["module_adjacency"], graph["module_operations"])
        cards.append((spec, (f"{found.rank:,}: {found.value:.4f}", element("code", found.hash[:8]))))
    heading = f"Best by mean {metrics[0].replace('_', ' ')}, {epochs} epoch{'' if epochs == 1 else 's'}"
    return element("div", element("p", heading), cell_cards(cards)) if cards else None
