"""`nasbench plot scatter`, `correlations` and `sheet`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from nasbench_pytorch.cli.plot.picture_flags import PictureFlags
from nasbench_pytorch.cli.plot.written import check_picture, report_picture
from nasbench_pytorch.cli.shared.flags import parse


@dataclass(frozen=True)
class _Scatter(PictureFlags):
    epochs: int | None = None
    """The budget; by default 108, or the largest of a table without 108."""
    title: str = ""
    """Text above the picture."""


def scatter(arguments: list[str]) -> None:
    """Draw accuracy over cost."""
    parsed = parse(_Scatter, arguments, "nasbench plot scatter", "Draw accuracy over training time and parameters.")
    check_picture(parsed.out, parsed.json)
    from nasbench_pytorch.explorer.opened import opened_results
    from nasbench_pytorch.explorer.pictures.of_cells import scatter_figure
    from nasbench_pytorch.plots.figures import save_figure

    with opened_results(parsed.table) as table:
        save_figure(scatter_figure(table, parsed.metric, parsed.epochs, parsed.title), parsed.out)
        report_picture(parsed.out, parsed.json, cells=table.cells)


@dataclass(frozen=True)
class _Correlations(PictureFlags):
    title: str = ""
    """Text above the picture."""


def correlations(arguments: list[str]) -> None:
    """Draw the agreement of budgets."""
    about = "Draw how the accuracies at different budgets agree."
    parsed = parse(_Correlations, arguments, "nasbench plot correlations", about)
    check_picture(parsed.out, parsed.json)
    from nasbench_pytorch.explorer.opened import opened_results
    from nasbench_pytorch.explorer.pictures.of_cells import correlations_figure
    from nasbench_pytorch.plots.figures import save_figure

    with opened_results(parsed.table) as table:
        save_figure(correlations_figure(table, parsed.metric, parsed.title), parsed.out)
        report_picture(parsed.out, parsed.json, cells=table.cells)


@dataclass(frozen=True)
class _Sheet(PictureFlags):
    count: Annotated[int, tyro.conf.arg(aliases=("--n", "-n"))] = 24
    """Number of cells, at most 2,000."""
    order: Literal["best", "worst", "spread"] = "best"
    """Which cells: the best ones, the worst ones, or from the best to the worst in equal steps of the rank."""
    columns: int = 8
    """Cells in a row."""
    epochs: int | None = None
    """The budget; by default 108, or the largest of a table without 108."""


def sheet(arguments: list[str]) -> None:
    """Draw cells."""
    parsed = parse(_Sheet, arguments, "nasbench plot sheet", "Draw cells, sorted from the best to the worst.")
    check_picture(parsed.out, parsed.json)
    from nasbench_pytorch.explorer.opened import opened_results
    from nasbench_pytorch.explorer.pictures.of_cells import cells_of_sheet
    from nasbench_pytorch.plots.cells import check_sheet_size, draw_contact_sheet

    check_sheet_size(parsed.count, parsed.columns)
    with opened_results(parsed.table) as table:
        drawn = cells_of_sheet(table, parsed.count, parsed.metric, parsed.epochs, parsed.order)
        cells = [(cell.spec.pruned().matrix, cell.spec.pruned().ops) for cell in drawn]
        titles = [f"{cell.rank:,}: {cell.value:.4f}" for cell in drawn]
        draw_contact_sheet(parsed.out, cells, parsed.columns, titles)
        report_picture(parsed.out, parsed.json, cells=len(drawn))
