"""Report of a table: summary, scatter plot, budgets, best cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.explorer.report import table_parts
from nasbench_pytorch.explorer.report.interactive_map import interactive_map
from nasbench_pytorch.explorer.report.page import page, section, wide
from nasbench_pytorch.explorer.views.explored_table import ExploredTable
from nasbench_pytorch.markup import Markup, facts_markup, table_markup
from nasbench_pytorch.printable import size_text

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile


def table_report(table: TableFile, name: str) -> str:
    """Return the report of a table as an HTML document.

    Args:
        table: the table.
        name: the name that is shown.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    interactive = interactive_map(ExploredTable(table))
    about = str(table.metadata.about.get("text", "")) or "A table of results of cells."
    sections = [
        section("Summary", _summary(table)),
        table_parts.budgets_section(table),
        table_parts.scatter_section(table, *([interactive.contents] if interactive else [])),
        table_parts.correlations_section(table),
        table_parts.curves_section(table),
        table_parts.best_cells_section(table),
        section("Fields", wide(_fields(table))),
    ]
    return page(f"Table {name}", about, [item for item in sections if item is not None], interactive)


def _summary(table: TableFile) -> Markup:
    metadata = table.metadata
    images = metadata.images_by_set or {"": metadata.evaluation_images}
    skeleton = metadata.skeleton
    source = metadata.source
    return facts_markup(
        {
            "file": f"{table.path.name}, {size_text(table.path.stat().st_size)}",
            "cells": f"{table.cells:,}",
            "trainings": f"{table.rows:,}",
            "space": f"up to {metadata.module_vertices} vertices and {metadata.max_edges} edges; "
            f"{', '.join(metadata.available_ops)}",
            "evaluation": ", ".join(f"{count:,} {name} images".replace("  ", " ") for name, count in images.items()),
            "skeleton": ", ".join(f"{name} {value}" for name, value in skeleton.items()) if skeleton else None,
            "absent fields": ", ".join(metadata.absent_fields) or None,
            "source": f"{source.name}, {source.size_bytes:,} bytes, SHA-256 {source.sha256}" if source else None,
            "written by": metadata.written_by or None,
        }
    )


def _fields(table: TableFile) -> Markup:
    described = [item for item in table.describe() if item.name != "about"]
    return table_markup(
        ["field", "unit", "meaning"], [[item.name, item.unit, item.meaning] for item in described], left=(0, 1, 2)
    )
