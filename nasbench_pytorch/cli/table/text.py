"""Text that several table commands print."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.cli.shared.columns import labelled_lines
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import size_text

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.importer import ImportedTable
    from nasbench_pytorch.table.storage.schema import Metadata
    from nasbench_pytorch.table.storage.table_file import TableFile


def megabytes(path: Path) -> str:
    """Return a file's size as text."""
    return size_text(path.stat().st_size)


def table_values(table: TableFile) -> dict[str, Any]:
    """Return what `describe_table` says, as plain values."""
    return {
        "file": table.path,
        "size_bytes": table.path.stat().st_size,
        "cells": table.cells,
        "rows": table.rows,
        "metadata": dataclasses.asdict(table.metadata),
        "origins": origins_of(table),
        "extra_columns": [*table.extra_columns, *table.extra_cell_columns],
    }


def origins_of(table: TableFile) -> dict[str, str]:
    """Return field → where its values come from: as the file says, else as is known of a table with a name."""
    from nasbench_pytorch.table.named.registry import NAMED_TABLES, name_of_file

    told = table.metadata.about.get("origins")
    if isinstance(told, dict):
        return {str(name): str(origin) for name, origin in told.items()}
    name = name_of_file(table.path)
    return dict(NAMED_TABLES[name].origins) if name in NAMED_TABLES else {}


def describe_table(table: TableFile) -> list[str]:
    """Return lines that summarise a table."""
    from nasbench_pytorch.table.named.named_table import origin_text

    metadata = table.metadata
    facts = [
        ("file", f"{table.path} ({megabytes(table.path)}, schema version {metadata.schema_version})"),
        ("cells", f"{table.cells:,}"),
        ("rows", f"{table.rows:,} trainings"),
        *[("epochs", f"{budget:>4}: {line}") for budget, line in _budgets(table)],
        (
            "space",
            f"up to {metadata.module_vertices} vertices and {metadata.max_edges} edges; "
            f"{', '.join(metadata.available_ops)}",
        ),
        ("evaluation", _images(metadata)),
    ]
    if metadata.skeleton:
        facts.append(("skeleton", ", ".join(f"{name} {value}" for name, value in metadata.skeleton.items())))
    if lacking := absent_text(table):
        facts.append(("absent", lacking))
    if metadata.source:
        source = metadata.source
        state = "complete" if source.complete else "salvaged in part"
        facts.append(("source", f"{source.name}, {source.size_bytes:,} bytes, {state}, SHA-256 {source.sha256}"))
    if table.extra_columns or table.extra_cell_columns:
        facts.append(("extra", ", ".join((*table.extra_columns, *table.extra_cell_columns))))
    if origins := origins_of(table):
        facts.append(("origins", origin_text(origins)))
    if text := metadata.about.get("text"):
        facts.append(("about", str(text)))
    facts.append(("written by", metadata.written_by))
    return [line for label, fact in facts for line in labelled_lines(label, fact)]


def import_lines(report: ImportedTable, out: Path) -> list[str]:
    """Return lines that say what was found in an imported file, and what became of it."""
    findings = report.findings
    kept = f", {findings.kept_as_they_came:,} of them in their original form" if findings.kept_as_they_came else ""
    noun = "place" if len(report.damages) == 1 else "places"
    lost = f"; {len(report.damages):,} damaged {noun} left out" if report.damages else ""
    lines = [f"found       {report.layout}"]
    if report.metadata.absent_fields:
        lines.append(f"absent      {', '.join(report.metadata.absent_fields)}")
    if findings.other_accuracies:
        images = report.metadata.evaluation_images
        lines.append(
            f"kept        {findings.other_accuracies:,} accuracies that are no whole number of {images:,} images"
        )
    if findings.pruned_cells:
        lines.append(f"pruned      {findings.pruned_cells:,} cells with vertices on no path from input to output")
    if findings.merged_cells:
        lines.append(f"merged      {findings.merged_cells:,} cells that are isomorphic to an earlier one")
    return [*lines, f"{out}: {report.metadata.rows:,} rows{kept}, {megabytes(out)}{lost}"]


def absent_text(table: TableFile) -> str:
    """Return the fields that no cell or row of a table has, as text; empty if there are none."""
    unknown = table.parameters[1]
    parameters = ["trainable_parameters"] if unknown is not None and unknown.all() else []
    return ", ".join([*parameters, *table.metadata.absent_fields])


def _images(metadata: Metadata) -> str:
    by_set = metadata.images_by_set or {"": metadata.evaluation_images}
    return ", ".join(f"{count:,} {name} images".replace("  ", " ") for name, count in by_set.items())


def _budgets(table: TableFile) -> list[tuple[int, str]]:
    """Return for each budget the number of cells and repeats, as text."""
    import numpy as np

    lines = []
    for budget in table.metadata.epochs:
        rows = np.flatnonzero(table.epochs == budget)
        cells = np.unique(np.searchsorted(table.row_starts, rows, side="right"), return_counts=True)[1]
        by_count = ", ".join(
            f"{count:,} cells with {repeats} repeat{'s' if repeats > 1 else ''}"
            for repeats, count in zip(*np.unique(cells, return_counts=True), strict=True)
        )
        lines.append((budget, by_count))
    return lines


def few_repeats_note(count: int) -> str:
    """Return what users of the original's API must know of an export; see `ExportReport.few_repeats`."""
    times = "1 time a cell has" if count == 1 else f"{count:,} times a cell has"
    return (
        f"note: {times} fewer than three trainings of a budget; the original's API draws one of three, so it fails on "
        "some draws for these cells"
    )


def check_out(path: Path, suffix: str = "") -> None:
    """Raise an error for an output path that cannot be written, before the work begins."""
    if suffix and path.suffix != suffix:
        raise InputError(f"--out {path}: a table's name ends with {suffix}; choose such a name")
    if not path.parent.is_dir():
        raise InputError(f"--out {path}: there is no folder {path.parent}; create it first")
