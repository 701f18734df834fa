"""`nasbench table list` and `download`, and the import of a table under its name."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from nasbench_pytorch.cli.shared.columns import output_width
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, file_facts, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.cli.table.text import import_lines, megabytes
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines, size_text

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.importer import ImportedTable
    from nasbench_pytorch.table.named.listing import ListedTable
    from nasbench_pytorch.table.tfrecord.published import PublishedFile


@dataclass(frozen=True)
class _List:
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def list_tables(arguments: list[str]) -> None:
    """List the named tables."""
    about = "List the named tables: content, origin of the numbers, and whether they are on this machine."
    parsed = parse(_List, arguments, "nasbench table list", about)
    check_json_path(parsed.json)
    from nasbench_pytorch.folders import table_folder
    from nasbench_pytorch.table.named import listing

    tables = listing.list_tables()
    if write_result(parsed.json, {"folder": table_folder(), "tables": [asdict(table) for table in tables]}):
        return
    indent = max(len(table.name) for table in tables) + 2
    limit = output_width() or sys.maxsize
    for table in tables:
        lines = [part for line in _lines(table) for part in textwrap.wrap(line, max(20, limit - indent))]
        print_lines(table.name.ljust(indent) + lines[0], *(" " * indent + line for line in lines[1:]))
    print_lines(f"\nyour folder of tables: {table_folder()}")


def _lines(table: ListedTable) -> Iterator[str]:
    from nasbench_pytorch.table.named.named_table import origin_text

    yield table.about + ("; answers where no table is named" if table.is_default else "")
    if table.cells:
        budgets = f"{counted(len(table.epochs), 'budget')} ({', '.join(map(str, table.epochs))} epochs)"
        yield f"{counted(table.cells, 'cell')} × {budgets} × {counted(table.repeats, 'repeat')}"
    if table.origins:
        yield origin_text(table.origins)
    if table.path is None:
        size = f"about {size_text(table.size_bytes)}"
        yield f"{table.state}, {size}" + (f": {table.how_to_get}" if table.how_to_get else "")
    else:
        yield f"{table.state}: {table.path}, {size_text(table.size_bytes)}"
        if table.how_to_get:
            yield table.how_to_get


@dataclass(frozen=True)
class _Download:
    which: tyro.conf.Positional[str]
    """full: all four budgets, 2 GB. only108: the part at 108 epochs, 0.5 GB. test-means: the published mean test
    accuracies at 108 epochs, 1.8 MB, from which the table semireal is built."""
    folder: Path | None = None
    """Folder for the file; by default the working folder, and for test-means your folder of tables."""
    url: str | None = None
    """Another address of the same file, in place of the known ones."""
    from_file: Path | None = None
    """A copy of the file that you have: it is checked and used, and nothing is downloaded."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def download(arguments: list[str]) -> None:
    """Download a published file, or take it from a file, and make the table of it."""
    about = "Download a published file, check its digest, and import it under its name."
    parsed = parse(_Download, arguments, "nasbench table download", about)
    check_json_path(parsed.json)
    from nasbench_pytorch.table.named import downloads

    file = downloads.download_named(parsed.which)
    if parsed.from_file is not None and (parsed.url is not None or parsed.folder is not None):
        raise InputError("--from-file takes a file that is here already; leave out --url and --folder")
    if parsed.which == "test-means":
        path = _test_means(parsed, file)
        if write_result(parsed.json, {**file_facts(path), "sha256": file.sha256}):
            return
        print_lines(
            f"{path}: {megabytes(path)}, SHA-256 as published with FreeREA (MIT licence); NASBench('semireal') builds "
            "its table from it"
        )
        return
    asked_for_the_file = parsed.folder is not None or parsed.url is not None or parsed.from_file is not None
    if not asked_for_the_file and (made := downloads.table_made_of(parsed.which, file)) is not None:
        if write_result(parsed.json, {**file_facts(made), "name": parsed.which, "is_new": False}):
            return
        print_lines(f"{made}: the table {parsed.which} is here already; to download its file again, name a --folder")
        return
    if parsed.from_file is not None:
        downloads.check_digest_of(parsed.from_file, file)
        path = parsed.from_file
    else:
        path = _fetch(parsed, file, parsed.folder or Path())
    if parsed.json is None:
        print_lines(f"{path}: {megabytes(path)}, SHA-256 {file.sha256} as published")
    _import_published(path, parsed.json)


def _test_means(parsed: _Download, file: PublishedFile) -> Path:
    from nasbench_pytorch.folders import table_folder
    from nasbench_pytorch.table.named import downloads

    path = parsed.from_file or _fetch(parsed, file, parsed.folder or table_folder())
    return downloads.keep_copy(path, file)


def _fetch(parsed: _Download, file: PublishedFile, folder: Path) -> Path:
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.named.downloads import other_ways
    from nasbench_pytorch.table.tfrecord.download import UnavailableError, with_url
    from nasbench_pytorch.table.tfrecord.download import download as download_file

    if parsed.url is not None:
        file = with_url(file, parsed.url)
    try:
        with progress_bar(file.name) as progress:
            return download_file(file, folder, progress=progress)
    except UnavailableError as error:
        raise InputError(f"{error}; {other_ways(parsed.which)}") from None


def _import_published(path: Path, json: Path | None) -> None:
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.layouts.importer import import_table

    def write(out: Path) -> ImportedTable:
        with progress_bar(path.name) as progress:
            return import_table(path, out, progress=progress)

    import_and_report(path, write, json)


def import_and_report(source: Path, write: Callable[[Path], ImportedTable], json: Path | None) -> None:
    """Import a file into the user's folder of tables, and print what became of it.

    Args:
        source: the file.
        write: imports it to a path.
        json: where the result goes as JSON; see `write_result`.
    """
    from nasbench_pytorch.table.named.import_by_name import import_by_name

    reports: list[ImportedTable] = []
    made = import_by_name(source, lambda out: reports.append(write(out)))
    facts = {"name": made.name, "is_new": made.is_new}
    if not reports:
        if write_result(json, {**file_facts(made.path), **facts}):
            return
        print_lines(f"{made.path}: has this file already, {megabytes(made.path)}")
    elif report_import(made.path, reports[0], json, facts):
        return
    print_lines(f"its name is {made.name}: nasbench table info {made.name}")


def report_import(
    out: Path, report: ImportedTable, json: Path | None, more_facts: Mapping[str, object] | None = None
) -> bool:
    """Print what an import found and wrote, and what it left out.

    Args:
        out: the table.
        report: of the import.
        json: where the result goes as JSON; see `write_result`.
        more_facts: further values for JSON.

    Returns:
        Whether stdout holds JSON.
    """
    for damage in report.damages:
        print_lines(f"left out: {damage}", file=sys.stderr)
    facts = {
        **file_facts(out),
        "layout": report.layout,
        "rows": report.metadata.rows,
        "absent_fields": report.metadata.absent_fields,
        **asdict(report.findings),
        "left_out": [str(damage) for damage in report.damages],
        **(more_facts or {}),
    }
    if write_result(json, facts):
        return True
    print_lines(*import_lines(report, out))
    return False
