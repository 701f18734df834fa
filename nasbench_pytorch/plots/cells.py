"""Pictures of cells: one cell, with the channels on its edges if wanted, or a contact sheet of many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.cell_drawing import bare_axes, draw_graph, draw_legend, legend_width
from nasbench_pytorch.plots.cell_style import LARGE, SMALL, operation_colours
from nasbench_pytorch.plots.figures import INK, check_suffix, new_figure, save_figure

if TYPE_CHECKING:
    from nasbench_pytorch.plots.cell_layout import Matrix

_MARGIN = 0.3
_TITLE_HEIGHT = 0.3
_MOST_CELLS = 2_000  # a sheet of more would be metres high


def draw_cell(
    path: str | os.PathLike[str],
    matrix: Matrix,
    ops: Sequence[str],
    channels: Sequence[int] | None = None,
    title: str | None = None,
) -> None:
    """Draw one pruned cell from top to bottom, with coloured operations.

    Args:
        path: the picture; its suffix gives the format (.png, .svg, .pdf).
        matrix: V×V, upper triangular, every vertex on a path from the first to the last.
        ops: V operations.
        channels: channels of each vertex. Every edge then shows its number of channels: `128→64` where the
            projection of the module's input or the truncation between vertices changes the number.
        title: text above the cell.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InputError: the suffix is unknown, or the sizes differ.
        OSError: the file cannot be written.
    """
    check_suffix(path)
    _check_sizes(matrix, ops, channels)
    style = LARGE.fitting(ops)
    layout = style.lay_out(matrix)
    title_height = _TITLE_HEIGHT if title else 0.0
    width = max(layout.width + style.box_width, 0.095 * len(title or "")) + 2 * _MARGIN
    height = layout.height + style.box_height + title_height + 2 * _MARGIN
    figure = new_figure(width, height)
    axes = bare_axes(figure, width, height)
    if title:
        axes.text(
            width / 2, height - _MARGIN + 0.02, title, ha="center", va="center", fontsize=11, color=INK, weight="bold"
        )
    labels = None if channels is None else _channel_labels(matrix, channels)
    top = (width / 2, height - _MARGIN - title_height - style.box_height / 2)
    draw_graph(axes, layout, ops, top, style, operation_colours(ops), labels)
    save_figure(figure, path, dpi=200)


def draw_contact_sheet(
    path: str | os.PathLike[str],
    cells: Sequence[tuple[Matrix, Sequence[str]]],
    columns: int = 8,
    titles: Sequence[str] | None = None,
) -> None:
    """Draw many pruned cells in a grid, with a legend of the operations.

    Args:
        path: the picture; its suffix gives the format (.png, .svg, .pdf).
        cells: matrix and operations of each cell, as in `draw_cell`.
        columns: cells in a row.
        titles: one line above each cell.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InputError: there are no cells or more than 2,000, the suffix is unknown, or sizes differ.
        OSError: the file cannot be written.
    """
    check_suffix(path)
    _check_sheet(cells, columns, titles)
    columns = min(columns, len(cells))
    layouts = [SMALL.lay_out(matrix) for matrix, _ in cells]
    operations = sorted({name for _, ops in cells for name in ops[1:-1]})
    title_height = 0.0 if titles is None else 0.2
    title_width = 0.0 if titles is None else 0.062 * max(map(len, titles))
    cell_width = max(max(layout.width for layout in layouts) + SMALL.box_width, title_width) + 0.3
    rows = [layouts[start : start + columns] for start in range(0, len(layouts), columns)]
    heights = [max(layout.height for layout in row) + SMALL.box_height + 0.32 + title_height for row in rows]
    width = max(cell_width * columns, legend_width(operations)) + 2 * _MARGIN
    height = sum(heights) + (0.25 if operations else 0.0) + 2 * _MARGIN
    figure = new_figure(width, height)
    axes = bare_axes(figure, width, height)
    colours = operation_colours(["input", "output", *operations])
    for index, ((_, ops), layout) in enumerate(zip(cells, layouts, strict=True)):
        row, column = divmod(index, columns)
        x = width / 2 + cell_width * (column - (columns - 1) / 2)
        y = height - _MARGIN - sum(heights[:row])
        if titles is not None:
            axes.text(x, y - 0.04, titles[index], ha="center", va="center", fontsize=6.5, color=INK)
        draw_graph(axes, layout, ops, (x, y - title_height - SMALL.box_height / 2), SMALL, colours)
    draw_legend(axes, {name: colours[name] for name in operations}, (width / 2, _MARGIN))
    save_figure(figure, path, dpi=200)


def _channel_labels(matrix: Matrix, channels: Sequence[int]) -> dict[tuple[int, int], str]:
    """Return the channels of each edge. The output takes the channels of interior vertices unchanged."""
    last = len(channels) - 1
    labels = {}
    for source in range(last):
        for target in range(source + 1, last + 1):
            if matrix[source][target]:
                before = channels[source]
                after = before if target == last and source else channels[target]
                labels[source, target] = f"{before}" if before == after else f"{before}→{after}"
    return labels


def check_sheet_size(cells: int, columns: int) -> None:
    """Refuse a sheet of so many cells and columns.

    Raises:
        InputError: there are no cells or more than 2,000, or no columns.
    """
    if not 1 <= cells <= _MOST_CELLS or columns < 1:
        raise InputError(
            f"a contact sheet takes 1 to {_MOST_CELLS:,} cells in at least 1 column, "
            f"got {cells:,} cells and {columns} columns"
        )


def _check_sheet(cells: Sequence[tuple[Matrix, Sequence[str]]], columns: int, titles: Sequence[str] | None) -> None:
    check_sheet_size(len(cells), columns)
    if titles is not None and len(titles) != len(cells):
        raise InputError(f"got {len(titles)} titles for {len(cells)} cells; give one for each, or none")
    for matrix, ops in cells:
        _check_sizes(matrix, ops, None)


def _check_sizes(matrix: Matrix, ops: Sequence[str], channels: Sequence[int] | None) -> None:
    if len(matrix) != len(ops) or len(ops) < 2:
        raise InputError(f"matrix has {len(matrix)} rows and ops {len(ops)} entries; give one operation per vertex")
    if channels is not None and len(channels) != len(ops):
        raise InputError(f"got {len(channels)} channels for {len(ops)} vertices; give one number for each, or none")
