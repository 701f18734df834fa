"""`nasbench table download`, `import`, `export` and `merge`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import SkeletonArguments
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.table.text import import_lines, megabytes
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON


@dataclass(frozen=True)
class _Download:
    which: tyro.conf.Positional[Literal["full", "only108"]]
    """full: all four budgets, 2 GB. only108: the part at 108 epochs, 0.5 GB."""
    folder: Path = Path()
    """Folder for the file."""


def download(arguments: list[str]) -> None:
    """Download a published file."""
    parsed = parse(_Download, arguments, "nasbench table download", "Download the published table.")
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.tfrecord.download import PUBLISHED
    from nasbench_pytorch.table.tfrecord.download import download as download_file

    file = PUBLISHED[parsed.which]
    with progress_bar(file.name) as progress:
        path = download_file(file, parsed.folder, progress=progress)
    print_lines(f"{path}: {megabytes(path)}, SHA-256 {file.sha256} as published")


@dataclass(frozen=True)
class _Import:
    sources: tyro.conf.Positional[tuple[Path, ...]]
    """A table in any known layout: its file, its files, or a folder with one table. The layout is found by content."""
    out: Path
    """The .arrow table to write."""
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
    _check_out(parsed.out, ".arrow")
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.layouts.importer import import_table as import_any

    skeleton = None
    if parsed.skeleton != SkeletonArguments():
        skeleton = parsed.skeleton.resolve(NASBENCH101_SKELETON)
    with progress_bar(" ".join(path.name for path in parsed.sources)) as progress:
        report = import_any(
            parsed.sources,
            parsed.out,
            salvage=parsed.salvage,
            evaluation_images=parsed.evaluation_images,
            skeleton=skeleton,
            progress=progress,
        )
    for damage in report.damages:
        print_lines(f"left out: {damage}", file=sys.stderr)
    print_lines(*import_lines(report, parsed.out))


@dataclass(frozen=True)
class _Export:
    out: Path
    """The file to write."""
    table: tyro.conf.Positional[Path | None] = None
    """The table; by default the small one that comes with the package."""
    format: Literal["tfrecord", "parquet", "csv"] | None = None
    """By default the one of the file's ending. tfrecord is the original's format; parquet and csv have a line for each
    training."""


def export(arguments: list[str]) -> None:
    """Export a table."""
    parsed = parse(_Export, arguments, "nasbench table export", "Write a table as .tfrecord, Parquet or CSV.")
    _check_out(parsed.out)
    from nasbench_pytorch.table.file_endings import format_of_export

    file_format = format_of_export(parsed.out, parsed.format)
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.default_table import choose_table
    from nasbench_pytorch.table.flat_export import export_flat
    from nasbench_pytorch.table.storage.table_file import TableFile

    table = TableFile(choose_table(parsed.table))
    with progress_bar(parsed.out.name, in_bytes=False) as progress:
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


@dataclass(frozen=True)
class _Merge:
    first: tyro.conf.Positional[Path]
    """A table."""
    second: tyro.conf.Positional[Path]
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
    from nasbench_pytorch.table.merging import merge as merge_tables
    from nasbench_pytorch.table.storage.table_file import TableFile
    from nasbench_pytorch.table.tfrecord.import_cache import table_for

    first, second = (TableFile(table_for(path)) for path in (parsed.first, parsed.second))
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
