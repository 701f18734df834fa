"""`nasbench table import` and `merge`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import SkeletonArguments
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, file_facts, write_result
from nasbench_pytorch.cli.table.named import import_and_report, report_import
from nasbench_pytorch.cli.table.text import check_out
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON

if TYPE_CHECKING:
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
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""
    skeleton: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)


def import_table(arguments: list[str]) -> None:
    """Import a table in any known layout."""
    parsed = parse(
        _Import, arguments, "nasbench table import", "Convert a table in any known layout (docs/bring_your_data.md)."
    )
    if not parsed.sources:
        raise InputError("no file was named; name a table's file, its files, or a folder with one table")
    if parsed.out is not None:
        check_out(parsed.out, ".arrow")
    check_json_path(parsed.json)
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.layouts.importer import import_table as import_any

    skeleton = None
    if parsed.skeleton != SkeletonArguments():
        skeleton = parsed.skeleton.resolve(NASBENCH101_SKELETON)

    def write(out: Path) -> ImportedTable:
        with progress_bar(" ".join(path.name for path in parsed.sources)) as progress:
            return import_any(
                parsed.sources,
                out,
                salvage=parsed.salvage,
                evaluation_images=parsed.evaluation_images,
                skeleton=skeleton,
                progress=progress,
            )

    if parsed.out is None:
        import_and_report(parsed.sources[0], write, parsed.json)
    else:
        report_import(parsed.out, write(parsed.out), parsed.json)


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
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def merge(arguments: list[str]) -> None:
    """Merge two tables."""
    parsed = parse(_Merge, arguments, "nasbench table merge", "Merge two tables into one.")
    check_out(parsed.out, ".arrow")
    check_json_path(parsed.json)
    from nasbench_pytorch.table.default_table import open_table
    from nasbench_pytorch.table.merging import merge as merge_tables

    first, second = open_table(parsed.first), open_table(parsed.second)
    report = merge_tables(first, second, parsed.out, parsed.on_conflict)
    rows = {"rows": report.metadata.rows, "first_rows": first.rows, "second_rows": second.rows}
    facts = {**file_facts(parsed.out), **rows, "same": report.same, "conflicts": report.conflicts}
    if write_result(parsed.json, facts):
        return
    print_lines(
        f"{parsed.out}: {report.metadata.rows:,} rows from {first.rows:,} and {second.rows:,}; "
        f"{report.same:,} were the same, {report.conflicts:,} in conflict"
    )
