"""`nasbench table export`."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, file_facts, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.cli.table.text import check_out, few_repeats_note, megabytes
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines, size_text

if TYPE_CHECKING:
    from nasbench_pytorch.table.export.dataset_export import ExportedDataset
    from nasbench_pytorch.table.tfrecord.exporter import ExportReport


@dataclass(frozen=True)
class _Export:
    out: Path
    """The file to write, or the folder."""
    table: tyro.conf.Positional[str | None] = None
    """The table: a name (see nasbench table list) or a file; by default the best one that is on this machine."""
    format: Literal["tfrecord", "parquet", "csv"] | None = None
    """By default the one of the file's ending. tfrecord is the original's format; parquet and csv have a line for each
    training. parquet under a name without an ending writes a folder with a card, ready to be published."""
    license: str | None = None
    """Licence in the card, as Hugging Face names it, such as cc-by-4.0; by default, the licence of a named table."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def export(arguments: list[str]) -> None:
    """Export a table."""
    parsed = parse(_Export, arguments, "nasbench table export", "Write a table as .tfrecord, Parquet or CSV.")
    check_out(parsed.out)
    check_json_path(parsed.json)
    from nasbench_pytorch.table.export.file_endings import format_of_export, is_dataset_folder

    file_format = format_of_export(parsed.out, parsed.format)
    is_folder = is_dataset_folder(parsed.out, file_format)
    if parsed.license is not None and not is_folder:
        raise InputError(
            f"--license {parsed.license}: only a folder has a card; use --format parquet and a name without an ending"
        )
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.default_table import open_table

    table = open_table(parsed.table)
    with progress_bar(parsed.out.name, in_bytes=False) as progress:
        if is_folder:
            from nasbench_pytorch.table.export.dataset_export import export_dataset

            _report_dataset(export_dataset(table, parsed.out, parsed.license, progress), parsed.json)
        elif file_format == "tfrecord":
            from nasbench_pytorch.table.tfrecord.exporter import export_tfrecord

            _report_records(parsed.out, export_tfrecord(table, parsed.out, progress), parsed.json)
        else:
            from nasbench_pytorch.table.export.flat_export import export_flat

            export_flat(table, parsed.out, file_format, progress)
            facts = {**file_facts(parsed.out), "format": file_format, "rows": table.rows}
            if not write_result(parsed.json, facts):
                print_lines(f"{parsed.out}: {table.rows:,} rows, {megabytes(parsed.out)}")


def _report_records(out: Path, report: ExportReport, json: Path | None) -> None:
    if report.left_out:
        print_lines(
            f"left out: {report.left_out:,} rows without three evaluations, which the format needs", file=sys.stderr
        )
    if report.few_repeats:
        print_lines(few_repeats_note(report.few_repeats), file=sys.stderr)
    if report.absent:
        print_lines(
            f"note: the table lacks {', '.join(report.absent)}; the original's API reads 0 for them", file=sys.stderr
        )
    if write_result(json, {**file_facts(out), "format": "tfrecord", **dataclasses.asdict(report)}):
        return
    same = ", the same bytes that were imported" if report.same_as_source else ""
    print_lines(f"{out}: {report.records:,} records, {megabytes(out)}, SHA-256 {report.sha256}{same}")


def _report_dataset(written: ExportedDataset, json: Path | None) -> None:
    if written.license == "unknown":
        print_lines("note: the card names no licence; give one with --license", file=sys.stderr)
    if write_result(json, {"format": "parquet", **dataclasses.asdict(written)}):
        return
    files = counted(written.files, "file")
    print_lines(f"{written.folder}: {written.rows:,} rows in {files}, {size_text(written.size_bytes)}, with a card")
