"""`nasbench table import`, `export` and `merge`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import SkeletonArguments
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.cli.table.named import import_and_print, print_import
from nasbench_pytorch.cli.table.text import megabytes
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines, size_text
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON

if TYPE_CHECKING:
    from nasbench_pytorch.table.dataset_export import ExportedDataset
    from nasbench_pytorch.table.layouts.importer import ImportedTable


@dataclass(frozen=True)
class _Import:
    sources: tyro.conf.Positional[tuple[Path, ...]]
    """A table in any known layout: its file, its files, or a folder with one table. The layout is found by content."""
    out: Path | None = None
    """The .arrow table to write; by default, the table goes to your folder of tables under its name: full or only108
    for the published ones, else that of the file."""
    salvage: bool = False
    """Keep the sound records of a damaged .tfrecord, and report the damaged ones."""
    evaluation_images: int = 9984
    """Images of an evaluation; accuracies that are whole numbers of them take 16 bits."""
    skeleton: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)


def import_table(arguments: list[str]) -> None:
    """Import a table in any known layout."""
    parsed = parse(
        _Import, arguments, "nasbench table import", "Convert a table in any known layout (docs/bring_your_data.md)."
    )
    if not parsed.sources:
        raise InputError("no file was named; name a table's file, its files, or a folder with one table")
    if parsed.out is not None:
        _check_out(parsed.out, ".arrow")
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.layouts.importer import import_table as import_any

    skeleton = None
    if parsed.skeleton != SkeletonArguments():
        skeleton = parsed.skeleton.resolve(NASBENCH101_SKELETON)

    def write(out: Path) -> ImportedTable:
        with progress_bar(parsed.sources[0].name) as progress:
            return import_any(
                parsed.sources,
                out,
                salvage=parsed.salvage,
                evaluation_images=parsed.evaluation_images,
                skeleton=skeleton,
                progress=progress,
            )

    if parsed.out is None:
        import_and_print(parsed.sources[0], write)
    else:
        print_import(parsed.out, write(parsed.out))


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
    """Licence in the card, as Hugging Face names it, such as cc-by-4.0; by default that of a table with a name."""


def export(arguments: list[str]) -> None:
    """Export a table."""
    parsed = parse(_Export, arguments, "nasbench table export", "Write a table as .tfrecord, Parquet or CSV.")
    _check_out(parsed.out)
    from nasbench_pytorch.table.file_endings import format_of_export, is_dataset_folder

    file_format = format_of_export(parsed.out, parsed.format)
    is_folder = is_dataset_folder(parsed.out, file_format)
    if parsed.license is not None and not is_folder:
        raise InputError(
            f"--license {parsed.license}: only a folder has a card; use --format parquet and a name without an ending"
        )
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.default_table import open_table
    from nasbench_pytorch.table.flat_export import export_flat

    table = open_table(parsed.table)
    with progress_bar(parsed.out.name, in_bytes=False) as progress:
        if is_folder:
            from nasbench_pytorch.table.dataset_export import export_dataset

            print_dataset(export_dataset(table, parsed.out, parsed.license, progress))
            return
        if file_format != "tfrecord":
            export_flat(table, parsed.out, file_format, progress)
            print_lines(f"{parsed.out}: {table.rows:,} rows, {megabytes(parsed.out)}")
            return
        from nasbench_pytorch.table.tfrecord.exporter import export_tfrecord

        report = export_tfrecord(table, parsed.out, progress)
    if report.left_out:
        print_lines(
            f"left out: {report.left_out:,} rows without three evaluations, which the format needs", file=sys.stderr
        )
    if report.few_repeats:
        print_lines(
            f"note: {report.few_repeats:,} times a cell has fewer than three trainings of a budget; the original's API "
            "draws one of three, so it fails on some draws for these cells",
            file=sys.stderr,
        )
    if report.absent:
        print_lines(
            f"note: the table lacks {', '.join(report.absent)}; the original's API reads 0 for them", file=sys.stderr
        )
    same = ", the same bytes that were imported" if report.same_as_source else ""
    print_lines(f"{parsed.out}: {report.records:,} records, {megabytes(parsed.out)}, SHA-256 {report.sha256}{same}")


def print_dataset(written: ExportedDataset) -> None:
    """Print what an export as a folder wrote."""
    if written.license == "unknown":
        print_lines("note: the card names no licence; give one with --license", file=sys.stderr)
    files = counted(written.files, "file")
    print_lines(f"{written.folder}: {written.rows:,} rows in {files}, {size_text(written.size_bytes)}, with a card")


@dataclass(frozen=True)
class _Merge:
    first: tyro.conf.Positional[str]
    """A table: a name (see nasbench table list) or a file."""
    second: tyro.conf.Positional[str]
    """Another table."""
    out: Path
    """The .arrow table to write."""
    on_conflict: Literal["error", "first", "last", "renumber"] = "error"
    """If both have a repeat with different numbers: stop with an error, keep the first or the last, or add the second's
    as a further repeat."""


def merge(arguments: list[str]) -> None:
    """Merge two tables."""
    parsed = parse(_Merge, arguments, "nasbench table merge", "Merge two tables into one.")
    _check_out(parsed.out, ".arrow")
    from nasbench_pytorch.table.default_table import open_table
    from nasbench_pytorch.table.merging import merge as merge_tables

    first, second = open_table(parsed.first), open_table(parsed.second)
    report = merge_tables(first, second, parsed.out, parsed.on_conflict)
    print_lines(
        f"{parsed.out}: {report.metadata.rows:,} rows from {first.rows:,} and {second.rows:,}; "
        f"{report.same:,} were the same, {report.conflicts:,} in conflict"
    )


def _check_out(path: Path, suffix: str = "") -> None:
    """Raise an error for an output path that cannot be written, before the work begins."""
    if suffix and path.suffix != suffix:
        raise InputError(f"--out {path}: a table's name ends with {suffix}; choose such a name")
    if not path.parent.is_dir():
        raise InputError(f"--out {path}: there is no folder {path.parent}; create it first")
