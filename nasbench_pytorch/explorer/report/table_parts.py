"""Parts of a report about many cells, the same for a table and for a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.explorer.pictures.metrics import budget_of, epochs_text, parameters_of, words
from nasbench_pytorch.explorer.pictures.of_cells import (
    DrawnCell,
    cells_of_sheet,
    correlations_figure,
    scatter_figure,
)
from nasbench_pytorch.explorer.pictures.of_trainings import CURVE, learning_figure
from nasbench_pytorch.explorer.report.page import picture, section, wide
from nasbench_pytorch.markup import Markup, element, table_markup
from nasbench_pytorch.space.drawing import cell_cards
from nasbench_pytorch.table.overview import accuracies_of, budgets_table, fraction_text
from nasbench_pytorch.table.queries import cell_means

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

_CARDS = 12
_LISTED = 100


def budgets_section(table: TableFile) -> Markup:
    """Return a line for each budget."""
    return section("Budgets", wide(budgets_table(table)))


def scatter_section(table: TableFile, *further: Markup) -> Markup | None:
    """Return the scatter plot of accuracy over cost; None where the table has no accuracy, or no cost."""
    metrics = accuracies_of(table)
    no_costs = "training_time" in table.metadata.absent_fields and np.isnan(parameters_of(table)).all()
    if not metrics or no_costs:
        return None
    figure = scatter_figure(table, metrics[0])
    described = f"{words(metrics[0])} of the cells over their training time and parameters"
    static = picture(figure, "scatter", described)
    return section("Accuracy and cost", element("div", static, class_="static"), *further)


def correlations_section(table: TableFile) -> Markup | None:
    """Return how the budgets agree; None where the table has fewer than two, or no accuracy."""
    metrics = accuracies_of(table)
    if not metrics or len(table.metadata.epochs) < 2:
        return None
    text = (
        "Numbers are rank correlations (Spearman) between budgets: over all cells, and over the tenth that is best at "
        "the larger budget."
    )
    figure = correlations_figure(table, metrics[0])
    described = "Scatter plots, histograms and rank correlations of accuracies at the budgets"
    return section("Agreement of budgets", text, picture(figure, "budgets", described))


def curves_section(table: TableFile) -> Markup | None:
    """Return the learning curves; None where the table has no loss of each epoch."""
    metrics = accuracies_of(table)
    if CURVE not in table.extra_columns or not metrics:
        return None
    figure = learning_figure(table, metrics[0])
    described = f"Mean training loss by epoch of each training, coloured by {words(metrics[0])}"
    caption = "The thick line is the median. Of many trainings, 400 are drawn, evenly spread over their accuracies."
    return section("Learning curves", picture(figure, "curves", described, caption))


def best_cells_section(table: TableFile) -> Markup | None:
    """Return drawings of the best cells and a list of more; None where no cell has an accuracy."""
    metrics = accuracies_of(table)
    if not metrics:
        return None
    epochs = budget_of(table, None)
    if np.isnan(cell_means(table, metrics[0], epochs)[0]).all():
        return None
    cells = cells_of_sheet(table, _LISTED, metrics[0], epochs)
    cards = [(cell.spec, (f"{cell.rank:,}: {cell.value:.4f}", _hash(table, cell, 8))) for cell in cells[:_CARDS]]
    listed = f"The best {len(cells):,} of {table.cells:,} cells" if len(cells) < table.cells else "All cells"
    return section(
        f"Best cells by mean {words(metrics[0])}, {epochs_text(epochs)}",
        cell_cards(cards),
        wide(_listed(table, cells, metrics, epochs, listed)),
    )


def _listed(table: TableFile, cells: list[DrawnCell], metrics: list[str], epochs: int, caption: str) -> Markup:
    means = [cell_means(table, metric, epochs)[0] for metric in metrics]
    repeats = cell_means(table, metrics[0], epochs)[1]
    parameters = parameters_of(table)
    rows = [
        [
            f"{cell.rank:,}",
            _hash(table, cell),
            *(fraction_text(values[cell.cell]) for values in means),
            f"{repeats[cell.cell]:,}",
            "–" if np.isnan(parameters[cell.cell]) else f"{parameters[cell.cell]:,.0f}",
            len(cell.spec.pruned().ops),
        ]
        for cell in cells
    ]
    headings = ["rank", "hash", *map(words, metrics), "repeats", "parameters", "vertices"]
    return table_markup(headings, rows, left=(1,), caption=caption)


def _hash(table: TableFile, cell: DrawnCell, digits: int = 32) -> Markup:
    return element("span", table.hash_of(cell.cell)[:digits], class_="hash")
