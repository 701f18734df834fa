"""`nasbench table download`, `import`, `export` and `merge`: from file to file."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import SkeletonArguments
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.table.text import megabytes
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON


@dataclass(frozen=True)
class _Download:
    which: tyro.conf.Positional[Literal["full", "only108"]]
    """full: all four budgets, 2 GB. only108: the part at 108 epochs, 0.5 GB."""
    folder: Path = Path()
    """Where to put it."""


def download(arguments: list[str]) -> None:
    given = parse(_Download, arguments, "nasbench table download", "Fetch the published table.")
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.tfrecord.download import PUBLISHED
    from nasbench_pytorch.table.tfrecord.download import download as fetch

    file = PUBLISHED[given.which]
    with progress_bar(file.name) as progress:
        path = fetch(file, given.folder, progress=progress)
    print(f"{path}: {megabytes(path)}, SHA-256 {file.sha256} as published")


@dataclass(frozen=True)
class _Import:
    source: tyro.conf.Positional[Path]
    """A .tfrecord of the original's format."""
    out: Path
    """The .arrow table to write."""
    salvage: bool = False
    """Keep the sound records of a damaged file and report the rest."""
    evaluation_images: int = 9984
    """Images of an evaluation; accuracies that are whole numbers of them take 16 bits."""
    skeleton: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)


def import_table(arguments: list[str]) -> None:
    given = parse(_Import, arguments, "nasbench table import", "Make a table of a file of the original's format.")
    _check_out(given.out, ".arrow")
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.tfrecord.importer import import_tfrecord

    skeleton = None
    if given.skeleton != SkeletonArguments():
        skeleton = given.skeleton.resolve(NASBENCH101_SKELETON)
    with progress_bar(given.source.name) as progress:
        report = import_tfrecord(
            given.source,
            given.out,
            salvage=given.salvage,
            evaluation_images=given.evaluation_images,
            skeleton=skeleton,
            progress=progress,
        )
    for damage in report.damages:
        print(f"left out: {damage}", file=sys.stderr)
    kept = f", {report.kept_as_they_came:,} of them kept as they came" if report.kept_as_they_came else ""
    places = "place" if len(report.damages) == 1 else "places"
    lost = f"; {len(report.damages):,} damaged {places} left out" if report.damages else ""
    print(f"{given.out}: {report.metadata.rows:,} rows{kept}, {megabytes(given.out)}{lost}")


@dataclass(frozen=True)
class _Export:
    out: Path
    """The file to write."""
    table: tyro.conf.Positional[Path | None] = None
    """The table; the small one that comes with the package if left out."""
    format: Literal["tfrecord", "parquet", "csv"] = "tfrecord"
    """tfrecord is what the original reads; parquet and csv have a line for each training."""


def export(arguments: list[str]) -> None:
    given = parse(_Export, arguments, "nasbench table export", "Write a table as .tfrecord, Parquet or CSV.")
    _check_out(given.out)
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.default_table import choose_table
    from nasbench_pytorch.table.flat_export import export_flat
    from nasbench_pytorch.table.storage.table_file import TableFile

    table = TableFile(choose_table(given.table))
    with progress_bar(given.out.name, in_bytes=False) as progress:
        if given.format != "tfrecord":
            export_flat(table, given.out, given.format, progress)
            print(f"{given.out}: {table.rows:,} rows, {megabytes(given.out)}")
            return
        from nasbench_pytorch.table.tfrecord.exporter import export_tfrecord

        report = export_tfrecord(table, given.out, progress)
    if report.left_out:
        print(f"left out: {report.left_out:,} rows without three evaluations, which the format needs", file=sys.stderr)
    same = ", the same bytes that were imported" if report.same_as_source else ""
    print(f"{given.out}: {report.records:,} records, {megabytes(given.out)}, SHA-256 {report.sha256}{same}")


@dataclass(frozen=True)
class _Merge:
    first: tyro.conf.Positional[Path]
    """A table."""
    second: tyro.conf.Positional[Path]
    """Another one."""
    out: Path
    """The .arrow table to write."""
    on_conflict: Literal["error", "first", "last", "renumber"] = "error"
    """Where both have a repeat with different numbers: refuse, keep one, or count the second's as a further repeat."""


def merge(arguments: list[str]) -> None:
    given = parse(_Merge, arguments, "nasbench table merge", "Put two tables together.")
    _check_out(given.out, ".arrow")
    from nasbench_pytorch.table.merging import merge as merge_tables
    from nasbench_pytorch.table.storage.table_file import TableFile
    from nasbench_pytorch.table.tfrecord.import_cache import table_for

    first, second = (TableFile(table_for(path)) for path in (given.first, given.second))
    report = merge_tables(first, second, given.out, given.on_conflict)
    print(
        f"{given.out}: {report.metadata.rows:,} rows from {first.rows:,} and {second.rows:,}; "
        f"{report.same:,} were the same, {report.conflicts:,} in conflict"
    )


def _check_out(path: Path, suffix: str = "") -> None:
    """Refuse a place that cannot be written before the work begins."""
    if suffix and path.suffix != suffix:
        raise InputError(f"--out {path}: a table's name ends with {suffix}")
    if not path.parent.is_dir():
        raise InputError(f"--out {path}: there is no folder {path.parent}; make it first")
